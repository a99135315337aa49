/** Operators of before opset 7, which onnxruntime no longer runs: against values computed here. */
import { describe, expect, test } from 'vitest';
import { float, node } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Node } from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { runModel } from '../../onnxruntime.ts';
import { feedsOf, floats, integers, modelOf, single, type Case } from './upgrade-case.ts';

async function run(opset: number, one: Case): Promise<number[]> {
  const upgraded = await upgradeOpset(modelOf(opset, one), 21);
  const { Y } = await runModel(upgraded, await feedsOf(one));
  return Array.from(Y?.data as Float32Array, Number);
}

const x = (dims: readonly number[], data: readonly number[]): Pick<Case, 'inputs' | 'feeds'> => ({
  inputs: { X: dims },
  feeds: { X: floats('X', dims, data) },
});
const six = [1, -2, 3, -4, 5, -6];
const selu = (each: number): number =>
  1.0507 * (each > 0 ? each : 1.6732 * Math.exp(each) - 1.6732);

describe('broadcasting of before opset 7', () => {
  test('from an axis on', async () => {
    const nodes = single('Add', ['X', 'B'], { broadcast: 1, axis: 0, consumed_inputs: [0, 0] });
    const initializers = [floats('B', [2], [10, 20])];
    expect(await run(1, { nodes, ...x([2, 3], six), initializers })).toEqual([
      11, 8, 13, 16, 25, 14,
    ]);
  });

  test('at the last axes', async () => {
    const nodes = single('Mul', ['X', 'B'], { broadcast: 1 });
    const initializers = [floats('B', [3], [1, 10, 100])];
    const expected = [1, -20, 300, -4, 50, -600];
    expect(await run(6, { nodes, ...x([2, 3], six), initializers })).toEqual(expected);
  });

  test('of unknown rank is refused', async () => {
    const nodes = [
      node('Gather', ['X', 'I'], ['G']),
      ...single('Add', ['G', 'B'], { broadcast: 1, axis: 0 }),
    ];
    const initializers = [integers('I', [0]), floats('B', [1])];
    await expect(run(6, { nodes, ...x([2, 3], six), initializers })).rejects.toThrow(
      'Node "it" (Add) can\'t be taken from opset 6 to 21: it broadcasts from an axis',
    );
  });

  test('PRelu has a slope for each channel', async () => {
    const nodes = single('PRelu', ['X', 'S']);
    const initializers = [floats('S', [3], [0.5, 0.25, 2])];
    const expected = [1, -1, 3, -1, 5, -12];
    expect(await run(6, { nodes, ...x([1, 3, 2], six), initializers })).toEqual(expected);
  });
});

const cases: readonly [name: string, opset: number, nodes: readonly Node[], expected: number[]][] =
  [
    ['Reshape 1', 4, [...single('Reshape', ['X'], { shape: [6] })], six],
    [
      'Concat 1: the default axis',
      3,
      single('Concat', ['X', 'X']),
      [1, -2, 3, 1, -2, 3, -4, 5, -6, -4, 5, -6],
    ],
    ['Cast 1: a type by name', 5, single('Cast', ['X'], { to: 'INT32' }), six],
    [
      'Pad 1',
      1,
      single('Pad', ['X'], { paddings: [0, 1, 0, 0], value: float(9) }),
      [9, 1, -2, 3, 9, -4, 5, -6],
    ],
    ['Relu 1', 5, single('Relu', ['X'], { consumed_inputs: [0] }), [1, 0, 3, 0, 5, 0]],
    ['Dropout 6 at rest', 6, single('Dropout', ['X'], { is_test: 1 }), six],
    ['Clip 1', 5, single('Clip', ['X'], { max: float(2) }), [1, -2, 2, -4, 2, -6]],
  ];

test.each(cases)('%s', async (_, opset, nodes, expected) => {
  expect(await run(opset, { nodes, ...x([2, 3], six) })).toEqual(expected);
});

test('Selu 1 has shorter defaults', async () => {
  const found = await run(5, { nodes: single('Selu', ['X']), ...x([2, 3], six) });
  found.forEach((each, at) => expect(each).toBeCloseTo(selu(six[at]!), 5));
});

test('Upsample 1 names its scales', async () => {
  const nodes = single('Upsample', ['X'], { height_scale: float(1), width_scale: float(2) });
  const expected = [1, 1, -2, -2, 3, 3];
  expect(await run(6, { nodes, ...x([1, 1, 1, 3], six.slice(0, 3)) })).toEqual(expected);
});

test('Split 1 takes sizes as an input', async () => {
  const nodes = [node('Split', ['X', 'S'], ['Z', 'Y'])];
  const sizes = makeTensor('S', 'float32', [2], Float32Array.of(1, 2));
  const found = await run(1, { nodes, ...x([3, 2], six), initializers: [sizes] });
  expect(found).toEqual([3, -4, 5, -6]);
});

test('LpPool 1 has its exponent as a float', async () => {
  const nodes = single('LpPool', ['X'], { kernel_shape: [2], p: float(2) });
  expect(await run(1, { nodes, ...x([1, 1, 2], [3, 4]) })).toEqual([5]);
});

describe('BatchNormalization 6', () => {
  const inputs = ['X', 'S', 'B', 'M', 'V'];
  const initializers = [
    floats('S', [1], [2]),
    floats('B', [1], [1]),
    floats('M', [1], [3]),
    floats('V', [1], [4]),
  ];
  const data = x([2, 1, 2], [1, 2, 3, 6]);

  test('at rest uses the statistics that it is given', async () => {
    const nodes = single('BatchNormalization', inputs, { is_test: 1, epsilon: float(0) });
    expect(await run(6, { nodes, ...data, initializers })).toEqual([-1, 0, 1, 4]);
  });

  test('in training, the default, uses those of the batch', async () => {
    const nodes = single('BatchNormalization', inputs, { epsilon: float(0) });
    const found = await run(6, { nodes, ...data, initializers });
    const deviation = Math.sqrt((4 + 1 + 0 + 9) / 4);
    [1, 2, 3, 6].forEach((each, at) =>
      expect(found[at]).toBeCloseTo((2 * (each - 3)) / deviation + 1, 5),
    );
  });
});
