/** Values that stay where onnxruntime computed them. */
import { expect, test } from 'vitest';

import type { HeldValue } from '../../src/core/runtime.ts';
import { heldTensor, splitOutputs, tensorOf } from '../../src/run/held.ts';

/** A tensor on a device: nothing of it can be seen before it is asked for. */
function onDevice(type: string, data: Float32Array | Int32Array, dims = [data.length]) {
  const calls: string[] = [];
  const tensor = {
    type,
    dims,
    get data(): never {
      throw new Error('The data is on the device.');
    },
    getData: (release?: boolean) => {
      calls.push(release ? 'read and freed' : 'read');
      return Promise.resolve(data);
    },
    dispose: () => void calls.push('freed'),
  };
  return { tensor, calls };
}

/** A tensor whose data lies in memory. */
const inMemory = (data: Float32Array, dims = [data.length]) => ({
  type: 'float32',
  dims,
  data,
  getData: () => Promise.resolve(data),
  dispose: () => undefined,
});

test('reading brings the values, and keeps them where they are', async () => {
  const { tensor, calls } = onDevice('float32', Float32Array.of(1, 2, 3, 4), [2, 2]);
  const held = heldTensor(tensor);
  expect(held.dims).toEqual([2, 2]);
  expect(calls).toEqual([]);
  const expected = { dtype: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  expect(await held.read()).toEqual(expected);
  expect(await held.read()).toEqual(expected);
  expect(calls).toEqual(['read', 'read']);
  held.release();
  expect(calls).toEqual(['read', 'read', 'freed']);
});

test('a value goes back as the very tensor that it is', () => {
  const { tensor, calls } = onDevice('int32', Int32Array.of(1));
  expect(tensorOf(heldTensor(tensor))).toBe(tensor);
  expect(calls).toEqual([]);
});

test('a value of another runtime is refused', () => {
  const foreign: HeldValue = {
    dims: [1],
    read: () => Promise.reject(new Error('not here')),
    release: () => undefined,
  };
  expect(() => tensorOf(foreign)).toThrow(
    expect.objectContaining({
      name: 'RuntimeError',
      message: 'A held value came from another runtime. Use the session that made it.',
    }) as Error,
  );
});

test('of the outputs of a run, those that were named stay, and the others are read', async () => {
  const state = onDevice('float32', Float32Array.of(5, 6));
  const loss = inMemory(Float32Array.of(0.5), []);
  const { outputs, held } = splitOutputs({ loss, state: state.tensor }, ['state', 'absent']);
  expect(outputs).toEqual({ loss: { dtype: 'float32', dims: [], data: Float32Array.of(0.5) } });
  expect(Object.keys(held)).toEqual(['state']);
  expect(state.calls).toEqual([]);
  expect((await held['state']!.read()).data).toEqual(Float32Array.of(5, 6));
  expect(tensorOf(held['state']!)).toBe(state.tensor);
});
