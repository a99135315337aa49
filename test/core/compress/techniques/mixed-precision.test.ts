import { describe, expect, test, vi } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe, type Recipe } from '../../../../src/core/compress/recipe.ts';
import type { SearchNews, SensitivityCell } from '../../../../src/core/compress/search.ts';
import { fileBytes } from '../../../../src/core/compress/search/stored.ts';
import { RecipeError } from '../../../../src/core/errors.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import { listener, twoBranches } from '../search/networks.ts';
import { memoryControl, rows } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';

vi.setConfig({ testTimeout: 30_000 });

const calibration = memoryControl(rows('x', 60, 64));
const stepWith = (options: Readonly<Record<string, unknown>>): Recipe =>
  parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'mixed-precision', options }] });

async function searched(options: Readonly<Record<string, unknown>>, search = listener()) {
  const model = twoBranches();
  const controls = { runtime: oneThread, calibration, search };
  const { model: result, trace } = await compress(model, stepWith(options), controls);
  return { model, result, trace, news: search.news };
}

const chosenOf = (news: readonly SearchNews[]) => {
  const last = news.at(-1)!;
  if (last.kind !== 'chosen') throw new Error('nothing was chosen');
  return last;
};

const cellsOf = (news: readonly SearchNews[]): SensitivityCell[] =>
  news.flatMap((one) => (one.kind === 'cell' ? [one.cell] : []));

const bytesOf = async (model: Model) =>
  new Uint8Array(await writeOnnx(model, { afresh: true }).onnx.arrayBuffer());

describe('a ratio', async () => {
  const { model, result, trace, news } = await searched({ goal: 'ratio', ratio: 4.5 });
  const chosen = chosenOf(news);

  test('is kept to', () => {
    expect(fileBytes(result)).toBe(chosen.bytes);
    expect(fileBytes(model) / chosen.bytes).toBeGreaterThanOrEqual(4.5);
    expect(fileBytes(model) / chosen.bytes).toBeLessThan(5.5);
  });

  test('what was chosen is an ordinary recipe that gives the same bytes', async () => {
    const again = await compress(model, parseRecipe(structuredClone(chosen.recipe)));
    expect(await bytesOf(again.model)).toEqual(await bytesOf(result));
    expect(chosen.recipe.steps.map(({ technique }) => technique)).toEqual(['quantize-block']);
  });

  test('the units come first, then cells for each unit and way', () => {
    const [first] = news;
    if (first?.kind !== 'units') throw new Error('no units');
    expect(first.units.map(({ label }) => label)).toEqual([
      'layer 0, linear',
      'head (loud)',
      'linear',
      'head (back)',
    ]);
    expect(first.units[0]!.weights).toEqual(['layers.0.q', 'layers.0.k']);
    expect(first.loss).toBe('kl');
    expect(first.choices[0]).toMatchObject({ id: 'untouched', bits: 32 });
    expect(first.choices.find(({ id }) => id === '4-32')).toMatchObject({
      bits: 4.5,
      step: { technique: 'quantize-block', options: { bits: 4, blockSize: 32 } },
    });
    const cells = cellsOf(news);
    const places = cells.map(({ unit, choice }) => `${unit} ${choice}`);
    expect(new Set(places).size).toBe(places.length);
    expect(places.length).toBe(first.units.length * first.choices.length);
  });

  test('bits go where they matter', () => {
    const cell = (unit: string, choice: string) =>
      cellsOf(news).find((one) => one.unit === unit && one.choice === choice)!;
    expect(cell('loud', '2-32').loss).toBeGreaterThan(30 * cell('quiet', '2-32').loss);
    expect(cell('loud', '8-0').loss).toBeLessThan(0.01 * cell('loud', '2-32').loss);
    const [step] = chosen.recipe.steps as [Recipe['steps'][number]];
    const bits = (key: string) => {
      const own = step.select?.overrides?.find(({ match }) => match === key)?.options['bits'];
      return own ?? (step.options as { bits?: number }).bits;
    };
    expect(bits('quiet')).toBe(2);
    expect(bits('loud')).toBeGreaterThan(2);
  });

  test('measured near what the cells add up to, and the trace says so', () => {
    expect(chosen.measured).toBeLessThan(2 * chosen.predicted! + 1e-6);
    expect(chosen.measured).toBeGreaterThan(chosen.predicted! / 2);
    expect(chosen.interval![0]).toBeLessThan(chosen.measured);
    expect(trace[0]!.search?.at(-1)).toEqual(chosen);
    expect(trace[0]!.notes.join(' ')).toContain('Judged on 60 rows');
    expect(trace[0]!.notes.join(' ')).toContain(chosen.because);
  });
});

test('a loss is kept to, with fewer bytes for more loss', async () => {
  const strict = chosenOf((await searched({ goal: 'loss', loss: 0.0001 })).news);
  const loose = chosenOf((await searched({ goal: 'loss', loss: 0.01 })).news);
  expect(strict.measured).toBeLessThanOrEqual(0.0001);
  expect(loose.measured).toBeLessThanOrEqual(0.01);
  expect(loose.bytes).toBeLessThan(strict.bytes);
});

test('a size that nothing reaches: the smallest, and it is said', async () => {
  const { trace, news } = await searched({ goal: 'size', megabytes: 0.001 });
  const chosen = chosenOf(news);
  expect(chosen.because).toContain("can't be met");
  expect(trace[0]!.notes.join(' ')).toContain("can't be met");
  const everySmallest = chosen.recipe.steps[0]!;
  expect(everySmallest.options).toMatchObject({ bits: 2, blockSize: 64 });
});

test('one width of each unit: the others are estimated, and the end is much the same', async () => {
  const every = await searched({ goal: 'ratio', ratio: 4.5 });
  const once = await searched({ goal: 'ratio', ratio: 4.5, measure: 'once' });
  const measured = (news: readonly SearchNews[]) => cellsOf(news).filter((cell) => cell.measured);
  expect(measured(once.news).length).toBe(4 + 4);
  expect(measured(every.news).length).toBe(4 + 12);
  const estimate = cellsOf(once.news).find(
    ({ unit, choice }) => unit === 'loud' && choice === '8-0',
  )!;
  const run = cellsOf(every.news).find(({ unit, choice }) => unit === 'loud' && choice === '8-0')!;
  expect(estimate.measured).toBe(false);
  expect(estimate.loss / run.loss).toBeGreaterThan(0.3);
  expect(estimate.loss / run.loss).toBeLessThan(3);
  expect(chosenOf(once.news).measured).toBeLessThan(3 * chosenOf(every.news).measured);
});

test('when it is stopped, it ends with what it knows', async () => {
  const search = listener((asked) => (asked < 4 ? 'go' : 'stop'));
  const { model, result, news } = await searched({ goal: 'ratio', ratio: 4.5 }, search);
  expect(cellsOf(news).filter((cell) => cell.measured && cell.choice !== 'untouched').length).toBe(
    4,
  );
  expect(fileBytes(model) / fileBytes(result)).toBeGreaterThanOrEqual(4.5);
  expect(chosenOf(news).measured).toBeGreaterThan(0);
});

test('the choice is judged again on samples that nothing was chosen by', async () => {
  const model = twoBranches();
  const many = memoryControl(rows('x', 400, 64));
  const controls = { runtime: oneThread, calibration: many };
  const { trace } = await compress(model, stepWith({ ratio: 4.5, samples: 80 }), controls);
  const notes = trace[0]!.notes.join(' ');
  expect(notes).toContain('Judged on 80 of 400 rows');
  expect(notes).toMatch(
    /On others, that nothing was chosen by \(80 of 400 rows, 80 rows\), it loses/,
  );
});

test('counted after coding, widths that share a container differ', async () => {
  const { news } = await searched({ goal: 'ratio', ratio: 6, count: 'coded' });
  const bytes = (choice: string) =>
    cellsOf(news).find((cell) => cell.unit === 'loud' && cell.choice === choice)!.bytes;
  expect(bytes('6-0')).toBeLessThan(bytes('8-0'));
  expect(bytes('3-64')).toBeLessThan(bytes('4-64'));
});

test('GPTQ in the end: an ordinary recipe again, and no worse', async () => {
  const { model, result, news } = await searched({ goal: 'ratio', ratio: 5.5, method: 'gptq' });
  const fitted = chosenOf((await searched({ goal: 'ratio', ratio: 5.5 })).news);
  const chosen = chosenOf(news);
  expect(chosen.measured).toBeLessThanOrEqual(fitted.measured);
  const again = await compress(model, chosen.recipe, { runtime: oneThread, calibration });
  expect(await bytesOf(again.model)).toEqual(await bytesOf(result));
});

test.each([
  ['a runtime', { calibration }],
  ['samples', { runtime: oneThread }],
])('without %s it says what is missing', async (what, options) => {
  const error = await compress(twoBranches(), stepWith({}), options).catch((one: unknown) => one);
  expect(error).toBeInstanceOf(RecipeError);
  expect(String(error)).toContain(what);
});
