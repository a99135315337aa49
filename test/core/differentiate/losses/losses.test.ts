/** Every loss: its value against the formula in plain float64, its gradient against central differences of that. */
import { describe, expect, test } from 'vitest';

import { cosine } from '../../../../src/core/differentiate/losses/cosine.ts';
import { crossEntropy } from '../../../../src/core/differentiate/losses/cross-entropy.ts';
import { distillation } from '../../../../src/core/differentiate/losses/distillation.ts';
import type { Loss } from '../../../../src/core/differentiate/losses/loss.ts';
import { meanSquaredError } from '../../../../src/core/differentiate/losses/mean-squared-error.ts';
import { mixed } from '../../../../src/core/differentiate/losses/mixed.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { farthest, runLoss, slopes, type Floats } from './emitted-loss.ts';

const random = createRandom(5);
const drawn = (dims: readonly number[], scale = 1): Floats => ({
  dims,
  data: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * random.normal()),
});
const rowsOf = (data: readonly number[], width: number): number[][] =>
  Array.from({ length: data.length / width }, (_, row) =>
    data.slice(row * width, (row + 1) * width),
  );
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;

function logSoftmax(row: readonly number[], temperature = 1): number[] {
  const scaled = row.map((x) => x / temperature);
  const top = Math.max(...scaled);
  const all = top + Math.log(sum(scaled.map((x) => Math.exp(x - top))));
  return scaled.map((x) => x - all);
}

interface Case {
  readonly caption: string;
  readonly loss: Loss;
  readonly output: Floats;
  readonly others?: Readonly<Record<string, Floats>>;
  readonly ids?: Readonly<Record<string, Floats>>;
  readonly plain: (output: readonly number[]) => number;
}

const scores = drawn([2, 3, 7], 3);
const classes: Floats = { dims: [2, 3], data: [0, 6, 3, -100, 2, 5] };
const known = classes.data.flatMap((id, row) => (id < 0 ? [] : [[id, row] as const]));
const teacher = drawn([2, 3, 7], 3);
const [vectors, aims] = [drawn([4, 5]), drawn([4, 5])];

const entropy = (smoothing: number) => (output: readonly number[]) =>
  mean(
    known.map(([id, row]) => {
      const logs = logSoftmax(rowsOf(output, 7)[row]!);
      return -(1 - smoothing) * logs[id]! - smoothing * mean(logs);
    }),
  );
const divergence = (temperature: number) => (output: readonly number[]) =>
  mean(
    rowsOf(output, 7).map((row, index) => {
      const student = logSoftmax(row, temperature);
      const wise = logSoftmax(rowsOf(teacher.data, 7)[index]!, temperature);
      return temperature ** 2 * sum(wise.map((log, at) => Math.exp(log) * (log - student[at]!)));
    }),
  );
const squares = (output: readonly number[]): number =>
  mean(output.map((x, index) => (x - aims.data[index]!) ** 2));
const angle = (output: readonly number[]): number =>
  mean(
    rowsOf(output, 5).map((row, index) => {
      const aim = rowsOf(aims.data, 5)[index]!;
      const product = sum(row.map((x, at) => x * aim[at]!));
      return 1 - product / (Math.hypot(...row) * Math.hypot(...aim));
    }),
  );

const cases: readonly Case[] = [
  {
    caption: 'cross-entropy, with rows that do not count',
    loss: crossEntropy({ logits: 'y' }),
    output: scores,
    ids: { targets: classes },
    plain: entropy(0),
  },
  {
    caption: 'cross-entropy with smoothing',
    loss: crossEntropy({ logits: 'y', smoothing: 0.1 }),
    output: scores,
    ids: { targets: classes },
    plain: entropy(0.1),
  },
  ...[1, 4].map((temperature) => ({
    caption: `distillation at temperature ${temperature}`,
    loss: distillation({ logits: 'y', temperature }),
    output: scores,
    others: { teacher },
    plain: divergence(temperature),
  })),
  {
    caption: 'teacher and right answers mixed',
    loss: mixed([
      { loss: distillation({ logits: 'y', temperature: 2 }), weight: 0.7 },
      { loss: crossEntropy({ logits: 'y' }), weight: 0.3 },
    ]),
    output: scores,
    others: { teacher },
    ids: { targets: classes },
    plain: (output) => 0.7 * divergence(2)(output) + 0.3 * entropy(0)(output),
  },
  {
    caption: 'mean squared error',
    loss: meanSquaredError({ output: 'y', target: 'aim' }),
    output: vectors,
    others: { aim: aims },
    plain: squares,
  },
  {
    caption: 'mean squared error relative to the target',
    loss: meanSquaredError({ output: 'y', target: 'aim', relative: true }),
    output: vectors,
    others: { aim: aims },
    plain: (output) => squares(output) / mean(aims.data.map((x) => x * x)),
  },
  {
    caption: 'cosine',
    loss: cosine({ output: 'y', target: 'aim' }),
    output: vectors,
    others: { aim: aims },
    plain: angle,
  },
];

describe.each(cases)('$caption', ({ loss, output, others = {}, ids = {}, plain }) => {
  test('has the value of its formula, and its slope', async () => {
    const { value, gradient } = await runLoss(loss, { y: output, ...others }, ids);
    expect(value).toBeCloseTo(plain(output.data), 5);
    expect(farthest(gradient('y'), slopes(plain, output.data))).toBeLessThan(2e-6);
  });
});

test('no row that counts: no loss and no gradient', async () => {
  const none: Floats = { dims: [2, 3], data: Array<number>(6).fill(-100) };
  const loss = crossEntropy({ logits: 'y' });
  const { value, gradient } = await runLoss(loss, { y: scores }, { targets: none });
  expect(value).toBe(0);
  expect(gradient('y').every((slope) => slope === 0)).toBe(true);
});

test('scores far apart give no infinities', async () => {
  const far: Floats = { dims: [1, 1, 7], data: [300, -300, 0, 0, 0, 0, 0] };
  const id: Floats = { dims: [1, 1], data: [1] };
  const { value, gradient } = await runLoss(
    crossEntropy({ logits: 'y' }),
    { y: far },
    { targets: id },
  );
  expect(Number.isFinite(value)).toBe(true);
  expect(gradient('y').slice(0, 2)).toEqual([1, -1]);
});
