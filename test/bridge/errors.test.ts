import { describe, expect, test } from 'vitest';

import { raised, WorkerCrash } from '../../src/bridge/errors.ts';
import { ModelError, RecipeError, RuntimeError } from '../../src/core/errors.ts';

/** An error as it is after a worker's border: of no class, with name, message and stack. */
const crossed = (name: string, message = 'what, where and what to do') =>
  Object.assign(new Error(message), { name, stack: 'the stack of the worker' });

describe('errors get their class back', () => {
  test.each([
    ['ModelError', ModelError],
    ['RecipeError', RecipeError],
    ['RuntimeError', RuntimeError],
  ])('%s', (name, Class) => {
    const error = raised(crossed(name), 'working') as Error;
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject({
      name,
      message: 'what, where and what to do',
      stack: 'the stack of the worker',
    });
  });

  test('an abort is what a signal gives', () => {
    const error = raised(crossed('AbortError'), 'working');
    expect(error).toBeInstanceOf(DOMException);
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  test('memory that was refused is a crash, and says what for', () => {
    for (const message of [
      'Array buffer allocation failed',
      'WebAssembly.Memory(): could not allocate memory',
    ]) {
      const error = raised(crossed('RangeError', message), 'compressing the model');
      expect(error).toBeInstanceOf(WorkerCrash);
      expect((error as Error).message).toMatch(
        /while compressing the model: there was not enough memory/,
      );
    }
  });

  test('others stay as they are', () => {
    const error = crossed('TypeError');
    expect(raised(error, 'working')).toBe(error);
    expect(raised('text', 'working')).toBe('text');
    const abort = new DOMException('stop', 'AbortError');
    expect(raised(abort, 'working')).toBe(abort);
  });
});
