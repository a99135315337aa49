/** What onnxruntime-web says, word for word; what its Node build says is seen in test/node/runtime.test.ts. */
import { describe, expect, test } from 'vitest';

import { RuntimeError } from '../../src/core/errors.ts';
import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { explainCreate, explainRun } from '../../src/run/explain.ts';

const given = model(
  graph({
    nodes: [
      node('Relu', ['x'], ['a'], { name: 'first' }),
      node('Nonsense', ['a'], ['b'], { name: 'second' }),
      node('Foo', ['b'], ['c'], { name: 'third', domain: 'my.domain' }),
      node('MatMulNBits', ['c', 'q', 's'], ['y'], { name: 'fourth', domain: 'com.microsoft' }),
    ],
    inputs: [value('x', 'float32', [1])],
    outputs: [value('y', 'float32', [1])],
  }),
);
const refused = (message: string) =>
  `Can't create a session. ERROR_CODE: 9, ERROR_MESSAGE: ${message}`;
const failed = (message: string) =>
  `failed to call OrtRun(). ERROR_CODE: 1, ERROR_MESSAGE: ${message}`;
const source = '/mnt/azure_nvme_temp/_work/1/s/onnxruntime/core';

describe('creating', () => {
  test.each([
    [
      refused('No Op registered for Nonsense with domain_version of 21'),
      /^The operator Nonsense \(node "second"\) does not exist in opset 21/,
    ],
    [
      refused("No opset import for domain 'my.domain'"),
      /^The operator Foo of my\.domain \(node "third"\) belongs to a domain/,
    ],
    [
      refused('Fatal error: com.microsoft:MatMulNBits(-1) is not a registered function/op'),
      /^The operator MatMulNBits of com\.microsoft \(node "fourth"\) is unknown/,
    ],
    [
      refused("Could not find an implementation for MatMulNBits(1) node with name 'fourth'"),
      /^The operator MatMulNBits of com\.microsoft \(node "fourth"\) has no implementation/,
    ],
    [
      refused(
        `${source}/optimizer/transformer_memcpy.cc:254 bool onnxruntime::TransformerMemcpyImpl::IsNodeCompatibleWithProvider(const onnxruntime::Node &) const !node_provider_type.empty() was false. Provider type for Cast node with name '' is not set.\n`,
      ),
      /^The operator Cast has no implementation/,
    ],
    [
      refused(
        "This is an invalid model. Type Error: Type 'tensor(float)' of input parameter (x) of operator (BitShift) in node (n1) is invalid.",
      ),
      /^The operator BitShift \(node "n1"\) can't take "x", which is tensor\(float\)/,
    ],
    [
      refused(
        `${source}/graph/model_load_utils.h:56 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const std::unordered_map<std::string, int> &, const logging::Logger &, bool, const std::string &, int) ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 99 is under development and support for this is limited. Current official support for domain ai.onnx is till opset 26.\n`,
      ),
      /^The model uses opset 99 of ai\.onnx; this onnxruntime knows opsets up to 26\./,
    ],
    [
      refused('[ShapeInferenceError] Incompatible dimensions for matrix multiplication'),
      /shapes do not fit together \(Incompatible dimensions for matrix multiplication\.\)/,
    ],
    [
      'no available backend found. ERR: [wasm] TypeError: Failed to fetch',
      /could not start: .*Failed to fetch\. Check that you are online/,
    ],
    [refused('std::bad_alloc'), /not enough memory.* take 1\.50 GB/],
    ["Can't create a session. failed to allocate a buffer of size 99.", /not enough memory/],
    ['WebAssembly.Memory(): could not allocate memory', /not enough memory/],
    ['Aborted(OOM)', /not enough memory/],
    [
      refused(`${source}/x.cc:46 void onnxruntime::f(int) Something odd`),
      /^The model can't be opened: Something odd\.$/,
    ],
  ])('%s', (message, said) => {
    const error = explainCreate(new Error(message), given, 1.5e9);
    expect(error).toBeInstanceOf(RuntimeError);
    expect(error.message).toMatch(said);
  });

  test('an exception that arrives as a number is memory, nearly always', () => {
    expect(explainCreate(123456, given, 10).message).toMatch(/not enough memory/);
  });

  test('the original is kept as the cause', () => {
    const cause = new Error('Something odd');
    expect(explainCreate(cause, given, 0).cause).toBe(cause);
  });
});

describe('running', () => {
  test.each([
    [failed('std::bad_alloc'), /not enough memory for this run/],
    [failed('Integer overflow'), /not enough memory for this run/],
    [
      failed(
        "Non-zero status code returned while running Gather node. Name:'n1' Status Message: indices element out of data bounds, idx=5 must be within the inclusive range [-2,1]",
      ),
      /^The operator Gather \(node "n1"\) failed: indices element out of data bounds, idx=5 must be within the inclusive range \[-2,1\]\.$/,
    ],
    [
      failed(
        "Non-zero status code returned while running Cast node. Name:'' Status Message: shader_helper.cc:416 GenerateSourceCode Program Cast requires f16 but the device does not support it.",
      ),
      /computes in float16.* Choose WASM/,
    ],
    [
      failed(
        `${source}/providers/cpu/tensor/reshape_helper.h:93 onnxruntime::ReshapeHelper::ReshapeHelper(const TensorShape &, TensorShapeVector &, bool) input_shape_size == requested_shape_size was false. The input tensor cannot be reshaped to the requested shape. Input shape:{2}, requested shape:{5}\n`,
      ),
      /^The run failed: The input tensor cannot be reshaped to the requested shape\. Input shape:\{2\}, requested shape:\{5\}\.$/,
    ],
    [
      "Can't access output tensor data on index 0. ERROR_CODE: 9, ERROR_MESSAGE: Reading data from non-tensor typed value is not supported.",
      /is no tensor/,
    ],
    ['[ONNXRuntimeError] : 2 : INVALID_ARGUMENT : Odd.', /^The run failed: Odd\.$/],
  ])('%s', (message, said) => {
    expect(explainRun(new Error(message), given).message).toMatch(said);
  });

  test('an error of our own passes as it is', () => {
    const own = new RuntimeError('The graphics device was lost.');
    expect(explainRun(own, given)).toBe(own);
  });
});
