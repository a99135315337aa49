/** Messages of onnxruntime-web that its Node build words otherwise or never gives; those of Node are seen in test/node/runtime.test.ts. */
import { describe, expect, test } from 'vitest';

import { RuntimeError } from '../../src/core/errors.ts';
import { explainCreate, explainRun } from '../../src/run/explain.ts';

describe('creating', () => {
  test.each([
    ['std::bad_alloc', /not enough memory.* take 1\.50 GB/],
    ["Can't create a session. failed to allocate a buffer of size 99.", /not enough memory/],
    ['WebAssembly.Memory(): could not allocate memory', /not enough memory/],
    ['Aborted(OOM)', /not enough memory/],
    [
      'no available backend found. ERR: [wasm] TypeError: Failed to fetch',
      /could not start: .*Failed to fetch\. Check that you are online/,
    ],
    [
      "Can't create a session. ERROR_CODE: 9, ERROR_MESSAGE: Could not find an implementation for com.microsoft.MatMulNBits(1) node with name 'n1'",
      /operator MatMulNBits of com\.microsoft \(node "n1"\) has no implementation/,
    ],
    [
      "Can't create a session. ERROR_CODE: 2, ERROR_MESSAGE: /a/onnxruntime/core/x.cc:46 void onnxruntime::f(int) Something odd",
      /can't be opened: .*Something odd\.$/,
    ],
  ])('%s', (message, said) => {
    const error = explainCreate(new Error(message), 1.5e9);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toMatch(said);
  });

  test('an exception that arrives as a number is memory, nearly always', () => {
    expect(explainCreate(123456, 10).message).toMatch(/not enough memory/);
  });

  test('the original is kept as the cause', () => {
    const cause = new Error('Something odd');
    expect(explainCreate(cause, 0).cause).toBe(cause);
  });
});

describe('running', () => {
  test.each([
    [
      'failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: std::bad_alloc',
      /not enough memory for this run/,
    ],
    [
      'failed to call OrtRun(). ERROR_CODE: 6, ERROR_MESSAGE: Integer overflow',
      /not enough memory for this run/,
    ],
    [
      "failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: Non-zero status code returned while running Gather node. Name:'g' Status Message: indices element out of data bounds",
      /operator Gather \(node "g"\) failed: indices element out of data bounds\.$/,
    ],
    ['[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Odd.', /^The run failed: Odd\.$/],
  ])('%s', (message, said) => {
    expect(explainRun(new Error(message)).message).toMatch(said);
  });

  test('an error of our own passes as it is', () => {
    const own = new RuntimeError('The graphics device was lost.');
    expect(explainRun(own)).toBe(own);
  });
});
