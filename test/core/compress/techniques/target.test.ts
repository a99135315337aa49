import { describe, expect, test, vi } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe, type Recipe } from '../../../../src/core/compress/recipe.ts';
import type { SearchNews } from '../../../../src/core/compress/search.ts';
import { fileBytes, sizeOf } from '../../../../src/core/compress/search/stored.ts';
import { RecipeError } from '../../../../src/core/errors.ts';
import { model as build, graph, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { weight } from '../fixtures.ts';
import { listener, twoBranches } from '../search/networks.ts';
import { memoryControl, rows } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';

vi.setConfig({ testTimeout: 30_000 });

const calibration = memoryControl(rows('x', 60, 64));
const stepWith = (options: Readonly<Record<string, unknown>>): Recipe =>
  parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'target', options }] });

async function searched(
  options: Readonly<Record<string, unknown>>,
  search = listener(),
  model = twoBranches(),
) {
  const controls = { runtime: oneThread, calibration, search };
  const { model: result, trace } = await compress(
    model,
    stepWith({ effort: 'quick', ...options }),
    controls,
  );
  return { model, result, trace, news: search.news };
}

const chosenOf = (news: readonly SearchNews[]) => {
  const last = news.at(-1)!;
  if (last.kind !== 'chosen') throw new Error('nothing was chosen');
  return last;
};
const candidatesOf = (news: readonly SearchNews[]) =>
  news.flatMap((one) => (one.kind === 'candidate' ? [one] : []));
const bytesOf = async (model: Model) =>
  new Uint8Array(await writeOnnx(model, { afresh: true }).onnx.arrayBuffer());

describe('a size', async () => {
  const { model, result, news } = await searched({ wish: 'size', megabytes: 0.018 });
  const chosen = chosenOf(news);
  const tried = candidatesOf(news);

  test('is kept to, with the least loss of all that keep to it', () => {
    expect(fileBytes(result)).toBe(chosen.bytes);
    expect(chosen.bytes).toBeLessThanOrEqual(18_000);
    const fitting = tried.filter(({ bytes }) => bytes <= 18_000).map(({ loss }) => loss);
    expect(chosen.measured).toBe(Math.min(...fitting));
  });

  test('plain ways are tried first, each with its reason; the best so far is marked', () => {
    expect(tried.map(({ label }) => label)).toEqual([
      'as it is',
      '8 bits',
      '4 bits',
      'mixed precision',
    ]);
    expect(tried[1]!.because).toMatch(/Too large by .*(B|bytes)\.$/);
    expect(tried.at(-1)).toMatchObject({ best: true, bytes: chosen.bytes, loss: chosen.measured });
    expect(tried.every(({ because }) => because.endsWith('.'))).toBe(true);
  });

  test('what was chosen is an ordinary recipe that gives the same bytes', async () => {
    const again = await compress(model, parseRecipe(structuredClone(chosen.recipe)));
    expect(await bytesOf(again.model)).toEqual(await bytesOf(result));
  });
});

test('a model that is small enough stays as it is, and so it is said', async () => {
  const { model, result, trace } = await searched({ wish: 'size', megabytes: 1 });
  expect(result).toBe(model);
  expect(trace[0]!.notes.join(' ')).toContain('as it is');
});

test('a size that can’t be met: the nearest, and it is said', async () => {
  const { news } = await searched({ wish: 'size', megabytes: 0.002 });
  const chosen = chosenOf(news);
  expect(chosen.because).toMatch(
    /^Nothing that was tried keeps to 2\.00 kB|^Nothing that was tried/,
  );
  expect(chosen.bytes).toBe(Math.min(...candidatesOf(news).map(({ bytes }) => bytes)));
});

test('at most so many changed answers: the smallest that keeps to it', async () => {
  const { news } = await searched({ wish: 'flips', percent: 5 });
  const chosen = chosenOf(news);
  expect(chosen.measured).toBeLessThanOrEqual(0.05);
  const kept = candidatesOf(news).filter(({ loss }) => loss <= 0.05);
  expect(chosen.bytes).toBe(Math.min(...kept.map(({ bytes }) => bytes)));
  expect(candidatesOf(news).some(({ label }) => label.startsWith('mixed precision, '))).toBe(true);
});

test('at most so much divergence', async () => {
  const strict = chosenOf((await searched({ wish: 'kl', nats: 0.0001 })).news);
  const loose = chosenOf((await searched({ wish: 'kl', nats: 0.02 })).news);
  expect(strict.measured).toBeLessThanOrEqual(0.0001);
  expect(loose.measured).toBeLessThanOrEqual(0.02);
  expect(loose.bytes).toBeLessThan(strict.bytes);
});

test('when it is stopped, the best so far is what it ends with', async () => {
  const search = listener((asked) => (asked < 1 ? 'go' : 'stop'));
  const { news, result, model } = await searched({ wish: 'kl', nats: 0.1 }, search);
  expect(candidatesOf(news).map(({ label }) => label)).toEqual(['as it is', '8 bits']);
  expect(chosenOf(news).bytes).toBe(fileBytes(result));
  expect(fileBytes(result)).toBeLessThan(fileBytes(model) / 2);
});

test('counted after coding, rounding for download is tried and keeps to the size', async () => {
  const { news, result } = await searched({ wish: 'size', megabytes: 0.016, count: 'coded' });
  const chosen = chosenOf(news);
  expect(await sizeOf(result, 'coded')).toBe(chosen.bytes);
  expect(chosen.bytes).toBeLessThanOrEqual(16_000);
  expect(candidatesOf(news).some(({ label }) => label.startsWith('rounding for download'))).toBe(
    true,
  );
});

test('a thorough search tries GPTQ too, and mends the best; its recipe gives the same bytes', async () => {
  const { model, result, news } = await searched({
    wish: 'size',
    megabytes: 0.018,
    effort: 'thorough',
  });
  const labels = candidatesOf(news).map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(['4 bits, GPTQ', 'mixed precision, GPTQ']));
  expect(labels.some((label) => label.endsWith(', repaired'))).toBe(true);
  expect(labels.at(-1)).toMatch(/, biases corrected$/);
  const { recipe } = chosenOf(news);
  const again = await compress(model, recipe, { runtime: oneThread, calibration });
  expect(await bytesOf(again.model)).toEqual(await bytesOf(result));
});

test('answers that are no scores can’t change: it says what to wish for', async () => {
  const plain = build(
    graph({
      nodes: [
        node('MatMul', ['x', 'W'], ['h'], { name: 'one' }),
        node('Reshape', ['h', 'shape'], ['image'], { name: 'two' }),
      ],
      inputs: [value('x', 'float32', ['batch', 64])],
      outputs: [value('image', 'float32', ['batch', 1, 8, 8])],
      initializers: [
        weight('W', [64, 64], 64),
        {
          ...weight('shape', [4], 1),
          dtype: 'int64',
          rawData: new Uint8Array(BigInt64Array.of(-1n, 1n, 8n, 8n).buffer),
        },
      ],
    }),
    { opset: 21 },
  );
  const error = await searched({ wish: 'flips' }, listener(), plain).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(RecipeError);
  expect(String(error)).toContain('Limit the relative error instead.');
  const { news } = await searched({ wish: 'relative-error', percent: 1 }, listener(), plain);
  expect(chosenOf(news).measured).toBeLessThanOrEqual(0.01);
});
