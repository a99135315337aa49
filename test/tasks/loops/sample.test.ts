/** Sampling: the softmax, what is kept of it, and the same dice for every model. */
import { describe, expect, test } from 'vitest';

import { largest, softmaxOf } from '../../../src/tasks/loops/logits.ts';
import { chooseToken, gumbel, keptBy, penalized } from '../../../src/tasks/loops/sample.ts';
import { softmax } from './small-language-model.ts';

const logits = [0.5, 2, -1, 1.2, 0, -3, 1.9, 0.4];
const row = Float32Array.from(logits);
const all = { temperature: 1, topK: 0, topP: 1 };
const shares = (draws: number, choose: (position: number) => number): number[] => {
  const counts = logits.map(() => 0);
  for (let position = 0; position < draws; position++) {
    const id = choose(position);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
};

/** Pearson's χ² of shares against probabilities. */
const chiSquare = (found: readonly number[], wanted: readonly number[], draws: number): number =>
  found.reduce((sum, share, id) => {
    const p = wanted[id] ?? NaN;
    return p === 0 ? sum : sum + (draws * (share - p) ** 2) / p;
  }, 0);

describe('drawing', () => {
  const draws = 20_000;
  // The 99.9th percentile of χ² with 7 degrees of freedom; with 2 of them.
  const [seven, two] = [24.32, 13.82];

  test.each([1, 0.7, 2])('follows the softmax at temperature %d', (temperature) => {
    const found = shares(draws, (at) => chooseToken(row, at, { ...all, seed: 7, temperature }));
    const wanted = softmax(logits.map((logit) => logit / temperature));
    expect(chiSquare(found, wanted, draws)).toBeLessThan(seven);
    const flatter = softmax(logits.map((logit) => logit / temperature / 1.1));
    expect(chiSquare(found, flatter, draws)).toBeGreaterThan(seven);
  });

  test('of different seeds at one position follows it too', () => {
    const found = shares(draws, (seed) => chooseToken(row, 5, { ...all, seed }));
    expect(chiSquare(found, softmax(logits), draws)).toBeLessThan(seven);
  });

  test('from the three likeliest follows their part of it', () => {
    const found = shares(draws, (at) => chooseToken(row, at, { ...all, topK: 3, seed: 7 }));
    const p = softmax(logits).map((share, id) => ([1, 6, 3].includes(id) ? share : 0));
    const total = p.reduce((a, b) => a + b, 0);
    expect(found.filter((_, id) => p[id] === 0)).toEqual([0, 0, 0, 0, 0]);
    expect(
      chiSquare(
        found,
        p.map((share) => share / total),
        draws,
      ),
    ).toBeLessThan(two);
  });

  test('is the same for the same seed and differs for others', () => {
    const drawn = (seed: number) =>
      Array.from({ length: 50 }, (_, at) => chooseToken(row, at, { ...all, seed }));
    expect(drawn(3)).toEqual(drawn(3));
    expect(drawn(3)).not.toEqual(drawn(4));
    expect(drawn(3)).not.toEqual(drawn(3 + 2 ** 32));
  });

  test('differs less between like models than independent dice would make it', () => {
    const like = row.map((logit, id) => logit + (id % 2 ? 0.05 : -0.05));
    const draw = (of: Float32Array, seed: number) =>
      Array.from({ length: 2000 }, (_, at) => chooseToken(of, at, { ...all, seed }));
    const same = (a: readonly number[], b: readonly number[]) =>
      a.filter((id, at) => id === b[at]).length / a.length;
    expect(same(draw(row, 1), draw(like, 1))).toBeGreaterThan(0.93);
    expect(same(draw(row, 1), draw(like, 2))).toBeLessThan(0.4);
  });

  test('takes the first of the largest at temperature 0 and without sampling', () => {
    const ties = Float32Array.of(1, 5, 5, 2);
    expect(chooseToken(ties, 0)).toBe(1);
    expect(chooseToken(ties, 0, { ...all, seed: 1, temperature: 0 })).toBe(1);
  });
});

describe('the noise', () => {
  test('has the mean and variance of the standard Gumbel distribution', () => {
    const noise = Array.from({ length: 20_000 }, (_, id) => gumbel(11, id >> 7, id));
    const mean = noise.reduce((a, b) => a + b, 0) / noise.length;
    const variance = noise.reduce((sum, x) => sum + (x - mean) ** 2, 0) / noise.length;
    // Euler's constant and π² / 6, each ± 4 standard errors.
    expect(Math.abs(mean - 0.577216)).toBeLessThan(0.037);
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.1);
  });

  test('at neighboring positions, ids and seeds is unrelated', () => {
    const base = (index: number): number => gumbel(5, index, 100);
    const others = [
      (index: number) => gumbel(5, index + 1, 100),
      (index: number) => gumbel(5, index, 101),
      (index: number) => gumbel(6, index, 100),
    ];
    for (const other of others) {
      const pairs = Array.from(
        { length: 4000 },
        (_, index) => [base(index), other(index)] as const,
      );
      const products = pairs.map(([a, b]) => (a - 0.5772) * (b - 0.5772));
      const correlation = products.reduce((a, b) => a + b, 0) / pairs.length / (Math.PI ** 2 / 6);
      expect(Math.abs(correlation)).toBeLessThan(0.065);
    }
  });
});

describe('what may be drawn', () => {
  const sorted = (ids: Iterable<number>) => [...ids].sort((a, b) => a - b);

  test('without bounds is every token', () => {
    expect(sorted(keptBy(row, all))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('under top-k is the k likeliest', () => {
    expect(sorted(keptBy(row, { ...all, topK: 3 }))).toEqual([1, 3, 6]);
    expect(sorted(keptBy(row, { ...all, topK: 99 }))).toHaveLength(8);
  });

  test('under top-p is the fewest that reach p', () => {
    // 0.332, 0.300, 0.149 …: two reach 0.6, three 0.7.
    expect(softmax(logits)[1]).toBeCloseTo(0.332, 2);
    expect(sorted(keptBy(row, { ...all, topP: 0.6 }))).toEqual([1, 6]);
    expect(sorted(keptBy(row, { ...all, topP: 0.7 }))).toEqual([1, 3, 6]);
    expect(sorted(keptBy(row, { ...all, topP: 0 }))).toEqual([1]);
  });

  test('under both, p is a share of the k likeliest, after the temperature', () => {
    expect(sorted(keptBy(row, { ...all, topK: 3, topP: 0.8 }))).toEqual([1, 6]);
    expect(sorted(keptBy(row, { temperature: 0.2, topK: 0, topP: 0.6 }))).toEqual([1]);
  });

  test('is found in a large vocabulary where thousands are needed', () => {
    const many = Float32Array.from({ length: 50_000 }, (_, id) => Math.cos(id));
    const kept = [...keptBy(many, { ...all, topP: 0.3 })];
    const p = softmax(Array.from(many));
    const order = [...p.keys()].sort((a, b) => (p[b] ?? 0) - (p[a] ?? 0));
    let [sum, count] = [0, 0];
    while (sum < 0.3) sum += p[order[count++] ?? 0] ?? 0;
    expect(Math.abs(kept.length - count)).toBeLessThanOrEqual(1);
    expect(new Set(kept)).toEqual(new Set(order.slice(0, kept.length)));
  });
});

describe('the repetition penalty', () => {
  test('divides positive logits of earlier tokens and multiplies negative ones, once each', () => {
    const before = [1, 2, 1, 4];
    expect(Array.from(penalized(row, before, 2))).toEqual(
      Array.from(Float32Array.of(0.5, 1, -2, 1.2, 0, -3, 1.9, 0.4)),
    );
    expect(row[1]).toBe(2);
    expect(penalized(row, before, 1)).toBe(row);
  });
});

describe('the likeliest', () => {
  test.each([0, 1, 2, 3, 8, 64, 65, 150, 200, 300])('%d of a row', (count) => {
    const values = Float32Array.from({ length: 200 }, (_, id) => Math.round(9 * Math.sin(id * id)));
    const order = [...values.keys()].sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
    expect(largest(values, count)).toEqual(order.slice(0, count));
  });

  test('have the probabilities of the softmax, however large the logits', () => {
    const { probability, candidates } = softmaxOf(
      row.map((logit) => logit + 1000),
      1,
    );
    expect(probability(1)).toBeCloseTo(softmax(logits)[1] ?? NaN, 4);
    expect(candidates(2).map(({ id }) => id)).toEqual([1, 6]);
  });

  test('can be told with masked tokens, and not with NaN or infinities', () => {
    expect(softmaxOf(Float32Array.of(1, -Infinity), 1).probability(1)).toBe(0);
    for (const wrong of [NaN, Infinity]) {
      expect(() => softmaxOf(Float32Array.of(1, wrong), 6)).toThrow('(NaN) at token 6');
    }
  });
});
