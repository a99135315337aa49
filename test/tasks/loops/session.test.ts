/** Which outputs are states, what they begin with, and sessions that keep them. */
import { describe, expect, test, vi } from 'vitest';

import { fileURLToPath } from 'node:url';

import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import type { Signature } from '../../../src/core/onnx/signature.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import { once } from '../../../src/tasks/loops/once.ts';
import { emptyStates, statesOf } from '../../../src/tasks/loops/states.ts';
import { all, openLoop } from './models.ts';

vi.setConfig({ testTimeout: 60_000 });

const storyteller = fileURLToPath(
  new URL('../../../public/models/storyteller/onnx/model.onnx', import.meta.url),
);
const real = (name: string, dims: readonly (number | string)[] = ['batch', 4]): Signature => ({
  name,
  dtype: 'float32',
  dims,
});
const pairs = (inputs: readonly string[], outputs: readonly string[]) =>
  statesOf(
    inputs.map((name) => real(name)),
    outputs.map((name) => real(name)),
  ).map(({ input, output }) => `${input} ← ${output}`);

describe('states', () => {
  test('are the caches of attention, under all the names they have', () => {
    expect(pairs(['past_key_values.0.key'], ['present.0.key'])).toHaveLength(1);
    expect(pairs(['past.0.key'], ['present.0.key'])).toHaveLength(1);
    expect(pairs(['past_key_values.3.value'], ['present_key_values.3.value'])).toHaveLength(1);
    expect(pairs(['past_conv.1'], ['present_conv.1'])).toHaveLength(1);
    expect(
      pairs(['past_key_values.0.decoder.key'], ['present.0.decoder.key', 'present.0.encoder.key']),
    ).toEqual(['past_key_values.0.decoder.key ← present.0.decoder.key']);
    expect(pairs(['past_key_values.0.key'], ['present.0.value'])).toEqual([]);
  });

  test('are those of recurrent networks', () => {
    expect(pairs(['input', 'state'], ['output', 'stateN'])).toEqual(['state ← stateN']);
    expect(pairs(['h', 'c'], ['hn', 'cn'])).toEqual(['h ← hn', 'c ← cn']);
    expect(pairs(['h0', 'c0'], ['hn', 'cn'])).toEqual(['h0 ← hn', 'c0 ← cn']);
    expect(pairs(['state_in'], ['state_out'])).toHaveLength(1);
    expect(pairs(['hidden_state'], ['new_hidden_state'])).toHaveLength(1);
  });

  test('are not images that come out as images, nor what merely sounds alike', () => {
    expect(pairs(['image'], ['image_out'])).toEqual([]);
    expect(pairs(['x'], ['xN', 'new_x'])).toEqual([]);
    expect(pairs(['state'], ['statement'])).toEqual([]);
  });

  test('agree in type, rank and fixed dims', () => {
    const inputs = [real('state', [2, 'batch', 128])];
    expect(statesOf(inputs, [real('stateN', ['?', '?', '?'])])).toHaveLength(1);
    expect(statesOf(inputs, [real('stateN', [2, 'batch', 64])])).toEqual([]);
    expect(statesOf(inputs, [real('stateN', [2, 128])])).toEqual([]);
    expect(statesOf(inputs, [{ ...real('stateN', [2, 1, 128]), dtype: 'float16' }])).toEqual([]);
    expect(statesOf(inputs, [{ name: 'stateN' }])).toEqual([]);
  });
});

describe('before the first run', () => {
  const begin = (...inputs: readonly Signature[]) =>
    emptyStates({ inputs, states: inputs.map(({ name }) => ({ input: name, output: name })) });

  test('caches hold no token, other states are zeros', () => {
    const cache = real('past_key_values.0.key', ['batch', 2, 'past_sequence_length', 32]);
    expect(begin(cache)).toEqual({
      'past_key_values.0.key': { dtype: 'float32', dims: [1, 2, 0, 32], data: new Float32Array() },
    });
    const half: Signature = { ...real('past.0', ['b', 4, '?', 8]), dtype: 'float16' };
    expect(begin(half)['past.0']?.dims).toEqual([1, 4, 0, 8]);
    expect(begin(half)['past.0']?.data).toBeInstanceOf(Uint16Array);
    const state = real('h', [2, 'batch_size', 3]);
    expect(begin(state)['h']).toEqual({
      dtype: 'float32',
      dims: [2, 1, 3],
      data: new Float32Array(6),
    });
  });

  test('a size that the model does not tell is named', () => {
    const open = real('past_key_values.0.key', ['batch', 2, 'past_sequence_length', 'head_dim']);
    expect(() => begin(open)).toThrow('"head_dim" in its state "past_key_values.0.key"');
    expect(() => begin(real('state', [2, '?', 128]))).toThrow('"?" in its state "state"');
  });
});

describe('a session', () => {
  /** The sum so far: total = state + x. */
  const summing = model(
    graph({
      nodes: [node('Add', ['state', 'x'], ['stateN']), node('Neg', ['stateN'], ['minus'])],
      inputs: [value('x', 'float32', [1]), value('state', 'float32', [1])],
      outputs: [value('stateN', 'float32', [1]), value('minus', 'float32', [1])],
    }),
    { opset: 17 },
  );
  const feeds = (numbers: Readonly<Record<string, number>>): Feeds =>
    Object.fromEntries(
      Object.entries(numbers).map(([name, number]) => [
        name,
        { dtype: 'float32', dims: [1], data: Float32Array.of(number) },
      ]),
    );

  test.each([true, false])('passes states on, held on the device: %s', async (stateful) => {
    const session = await openLoop(summing, { stateful });
    expect(session.states).toEqual([{ input: 'state', output: 'stateN' }]);
    const first = await session.step(feeds({ x: 2, state: 1 }), {});
    expect(Object.keys(first.outputs)).toEqual(['minus']);
    const state = first.held['stateN'];
    expect((await state?.read())?.data).toEqual(Float32Array.of(3));
    const second = await session.step(feeds({ x: 5 }), state ? { state } : {});
    expect(second.outputs['minus']?.data).toEqual(Float32Array.of(-8));
    await session.release();
  });

  test.each([true, false])('runs once with every output read, held: %s', async (stateful) => {
    const session = await openLoop(summing, { stateful });
    const [outputs] = await all(once(session, { feeds: feeds({ x: 2, state: 1 }) }));
    expect(Object.entries(outputs ?? {}).map(([name, { data }]) => [name, data])).toEqual([
      ['stateN', Float32Array.of(3)],
      ['minus', Float32Array.of(-3)],
    ]);
    await session.release();
  });

  test('refuses feeds and held values that are not its own', async () => {
    const session = await openLoop(summing, { stateful: false });
    await expect(session.run(feeds({ x: 2 }))).rejects.toThrow('Input "state" is missing.');
    const foreign = {
      dims: [1],
      read: () => Promise.reject(new Error('never read')),
      release: () => undefined,
    };
    await expect(session.step(feeds({ x: 2 }), { state: foreign })).rejects.toThrow(
      'came from another session',
    );
    await session.release();
  });

  test('of the storyteller has its twelve caches as states', async () => {
    const session = await openLoop(storyteller);
    expect(session.states).toHaveLength(12);
    await session.release();
  });
});
