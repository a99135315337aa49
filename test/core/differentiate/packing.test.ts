/** Tensors laid end to end in one vector, and cut out again. */
import { describe, expect, test } from 'vitest';

import {
  emitPacked,
  emitSlot,
  packed,
  packingOf,
  rowLength,
  unpacked,
} from '../../../src/core/differentiate/packing.ts';
import { GraphEmitter } from '../../../src/core/differentiate/emitter.ts';
import { runEmitted, type Floats } from './emitted.ts';

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
const tensor = (name: string, dims: readonly number[]) => ({ name, dims });

/** Odd sizes, a scalar, an empty tensor, and more than one Concat may have on a GPU. */
const many = [[3, 5], [7], [], [1, 1, 13], [0, 4], [2, 509], [11], [5, 1], [1], [17, 3]].map(
  (dims, index) => tensor(`tensor ${index}`, dims),
);

const first = (at: number, dims: readonly number[]): Floats => ({
  dims,
  data: Float32Array.from({ length: product(dims) }, (_, index) => 1000 * at + index),
});
const inputs = Object.fromEntries(many.map(({ name, dims }, at) => [name, first(at, dims)]));

describe('the plan', () => {
  test('lays tensors end to end, and ends with a whole row', () => {
    const { slots, length } = packingOf([tensor('a', [3, 2]), tensor('b', []), tensor('c', [4])]);
    expect(slots.map(({ offset, size }) => [offset, size])).toEqual([
      [0, 6],
      [6, 1],
      [7, 4],
    ]);
    expect(length).toBe(rowLength);
  });

  test.each([
    [[], 1],
    [[tensor('a', [rowLength])], 1],
    [[tensor('a', [rowLength]), tensor('b', [1])], 2],
    [[tensor('a', [5, rowLength])], 5],
  ])('%j takes %d rows', (tensors, rows) => {
    expect(packingOf(tensors).length).toBe(rows * rowLength);
  });
});

test('what is packed is unpacked again, and the rest is what it was told', () => {
  const packing = packingOf(many);
  const vector = packed(packing, ({ name }) => inputs[name]!.data, -1);
  const back = unpacked(packing, vector);
  for (const { name } of many) expect(back.get(name)).toEqual(inputs[name]!.data);
  const filled = many.reduce((sum, { dims }) => sum + product(dims), 0);
  expect(vector.subarray(filled)).toEqual(new Float32Array(packing.length - filled).fill(-1));
  expect(packed(packing, ({ size }) => new Float32Array(size)).at(-1)).toBe(0);
});

describe('in the graph', () => {
  const packing = packingOf(many);

  test('the vector is that of the host', async () => {
    const expected = packed(packing, ({ name }) => inputs[name]!.data);
    const found = await runEmitted(inputs, (to) => emitPacked(to, packing, ({ name }) => name));
    expect(found).toEqual({ dims: [packing.length], data: expected });
  });

  test('what is missing is zeros', async () => {
    const missing = new Set(['tensor 0', 'tensor 5', 'tensor 9']);
    const expected = packed(packing, ({ name, size }) =>
      missing.has(name) ? new Float32Array(size) : inputs[name]!.data,
    );
    const given = Object.fromEntries(Object.entries(inputs).filter(([name]) => !missing.has(name)));
    const found = await runEmitted(given, (to) =>
      emitPacked(to, packing, ({ name }) => (missing.has(name) ? undefined : name)),
    );
    expect(found.data).toEqual(expected);
  });

  test('no Concat has more than six inputs', () => {
    const emitter = new GraphEmitter(new Set());
    const tensors = Array.from({ length: 100 }, (_, at) => tensor(`${at}`, [3]));
    emitPacked(emitter, packingOf(tensors), ({ name }) => name);
    const widths = emitter.nodes
      .filter(({ opType }) => opType === 'Concat')
      .map((one) => one.inputs.length);
    expect(Math.max(...widths)).toBe(6);
  });

  test.each(many)('$name of dims $dims is cut out under its own name', async ({ name, dims }) => {
    const vector = {
      dims: [packing.length],
      data: packed(packing, (slot) => inputs[slot.name]!.data),
    };
    const slot = packing.slots.find((one) => one.name === name)!;
    const found = await runEmitted({ vector }, (to) => {
      emitSlot(to, 'vector', slot);
      return name;
    });
    expect(found).toEqual({ dims, data: inputs[name]!.data });
  });
});
