/** The desk's work under Node: the same figures as the command line gives, and what fails is told. */
import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { evaluate, open, openTask } from '../../../src/node/api.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { openSide, type Side } from '../../../src/node/side.ts';
import { EvaluationBook } from '../../../src/tasks/evaluation/book.ts';
import { Examiner } from '../../../src/tasks/evaluation/examiner.ts';
import { loadSet, digitSet } from '../../../src/tasks/evaluation/sets.ts';
import { tasks } from '../../../src/tasks/index.ts';
import { loops } from '../../../src/tasks/loops/index.ts';
import type { Loop, LoopId } from '../../../src/tasks/loops/loop.ts';
import { models } from '../embedded-task.ts';

/** Loads a runtime and compresses; a second or two on a quiet machine. */
const timeout = 30_000;

const recipe = parseRecipe({
  version: 1,
  seed: 0,
  steps: [{ technique: 'quantize-block', options: { bits: 2 } }],
});

/** Lets both sides answer an example and gives its record. */
async function examine(examiner: Examiner, index: number, sides: Readonly<Record<string, Side>>) {
  const [first = '', second = ''] = Object.keys(sides);
  const plan = await examiner.ask(index, [[first, second]]);
  for (const [name, { session }] of Object.entries(sides)) {
    const loop = loops[plan.loop] as Loop<LoopId>;
    for await (const chunk of loop(session, plan.request)) examiner.take(name, [chunk]);
  }
  const [record] = await examiner.settle({
    [first]: { milliseconds: 1 },
    [second]: { milliseconds: 2 },
  });
  return record!;
}

/** The variant alone, against what was kept of the reference. */
async function examineAgain(examiner: Examiner, { session }: Side) {
  const plan = await examiner.ask(0, [['reference', 'variant']]);
  const loop = loops[plan.loop] as Loop<LoopId>;
  for await (const chunk of loop(session, plan.request)) examiner.take('variant', [chunk]);
  const [record] = await examiner.settle({ variant: { milliseconds: 2 } });
  return record!;
}

describe('the embedded digits at 2 bits against the original', () => {
  test('say what `scrunch compare --data` says of the same examples', { timeout }, async () => {
    const original = await open(`${models}digits/onnx/model.onnx`);
    const { model } = await compress(original.model, recipe);
    const task = await openTask(original);
    const examiner = new Examiner(tasks.digits, task);
    const set = await loadSet({ id: 'drawn', size: 60, seed: 3 }, task, [digitSet]);
    examiner.examples = set.examples;
    const names = set.examples.map(({ name }) => name);
    const book = new EvaluationBook(examiner.task, set.facts, names, []);
    book.begin({ reference: 'original', variant: 'small' });
    const runtime = nodeRuntime();
    const [reference, variant] = [
      await openSide(original.model, runtime),
      await openSide(model, runtime),
    ];
    try {
      for (const index of set.examples.keys()) {
        book.add('small', await examine(examiner, index, { reference, variant }));
      }
    } finally {
      await reference.release();
      await variant.release();
    }
    const report = book.report('small')!;
    const told = await evaluate(task, [original, { ...original, model }], set.examples);
    const figure = (id: string) => report.figures.find((one) => one.id === id);
    expect(figure('accuracy')?.reference).toEqual(told.original.figures['accuracy']);
    expect(figure('accuracy')?.variant).toEqual(told.compressed?.figures['accuracy']);
    expect(figure('agreement')?.between).toEqual(told.between?.['agreement']);
    expect(figure('kl')?.between?.value).toBeCloseTo(told.between!['kl']!.value, 12);
    expect(report.divergence?.mean.value).toBeCloseTo(told.between!['kl']!.value, 12);
    expect(report).toMatchObject({ done: 60, total: 60, failed: { reference: 0, variant: 0 } });
    expect(report.choices?.test?.lost).toBe(report.choices?.flips.rightToWrong.count);
    const list = book.cases('small', { order: 'grave' });
    expect(Object.values(list.groups).reduce((a, b) => a + b)).toBe(60);
  });
});

describe('the embedded storyteller', () => {
  test('is scored token by token, and lies 0 from itself', { timeout }, async () => {
    const original = await open(`${models}storyteller/onnx/model.onnx`);
    const task = await openTask(original);
    const examiner = new Examiner(tasks['text-generation'], task);
    const text = 'Once upon a time there was a little dog. He ran to the garden.';
    examiner.examples = await task.examplesFrom(new Map([['dog.txt', new Blob([text])]]));
    const { model } = await compress(original.model, recipe);
    const runtime = nodeRuntime();
    const [reference, variant] = [
      await openSide(original.model, runtime),
      await openSide(model, runtime),
    ];
    try {
      const itself = await examine(examiner, 0, { reference, same: reference });
      if ('problem' in itself.variant) throw new Error(itself.variant.problem);
      const { divergences, choices } = itself.variant;
      expect(divergences).toHaveLength(choices.length);
      expect(Math.max(...divergences)).toBe(0);
      const other = await examine(examiner, 0, { reference, variant });
      if ('problem' in other.variant) throw new Error(other.variant.problem);
      expect(other.variant.divergences.every((kl) => kl > 0)).toBe(true);
      // The worst token is one that changed, and is told with what stands before it.
      expect(text).toContain(other.worst!.before.trim().slice(-8));
      expect(other.worst!.reference).not.toBe(other.worst!.variant);

      // An answer that was kept need not be given again, and says the same.
      examiner.keep(0, 'reference');
      expect(examiner.keeps(0, 'reference')).toBe(false);
      await examine(examiner, 0, { reference, variant });
      expect(examiner.keeps(0, 'reference')).toBe(true);
      const again = await examineAgain(examiner, variant);
      expect(again.reference).toEqual({ ...other.reference, milliseconds: 1 });
      expect(again.variant).toEqual({ ...other.variant, milliseconds: 2 });
      expect(again.worst).toEqual(other.worst);
      examiner.letGo();
      expect(examiner.keeps(0, 'reference')).toBe(false);
    } finally {
      for (const side of [reference, variant]) await side.release();
    }
  });
});

describe('what goes wrong', () => {
  const prepared = {
    info: {},
    examples: [],
    plan: (input: unknown) =>
      input === 'odd'
        ? Promise.reject(new Error('The input is odd.'))
        : Promise.resolve({ loop: 'once', request: { feeds: {} } } as const),
    answer: (chunks: readonly unknown[]) =>
      chunks.length === 0
        ? Promise.reject(new Error('Nothing came out.'))
        : Promise.resolve({ probabilities: [NaN, NaN] }),
    inputFrom: () => Promise.resolve(undefined),
    examplesFrom: () => Promise.resolve([]),
    words: () => 'words',
  };
  const examiner = () => {
    const made = new Examiner(tasks.digits, prepared);
    made.examples = [
      { name: 'odd', input: 'odd', target: 1 },
      { name: 'plain', input: 'plain', target: 1 },
    ];
    return made;
  };

  test('an input that can’t be read rejects, and the next example goes on', async () => {
    const made = examiner();
    await expect(made.ask(0, [['a', 'b']])).rejects.toThrow('The input is odd.');
    const ends = { a: { problem: 'The input is odd.' }, b: { problem: 'The input is odd.' } };
    expect(await made.settle(ends)).toEqual([{ index: 0, reference: ends.a, variant: ends.b }]);
    expect(await made.ask(1, [['a', 'b']])).toMatchObject({ loop: 'once' });
  });

  test('a side that died, one without an answer, one that says NaN', async () => {
    const made = examiner();
    await made.ask(1, [
      ['a', 'b'],
      ['a', 'c'],
    ]);
    made.take('a', [{}]);
    const [silent, dead] = await made.settle({
      a: { milliseconds: 1 },
      b: { milliseconds: 1 },
      c: { problem: 'It stopped.' },
    });
    expect(silent).toMatchObject({
      reference: { nonFinite: true, choices: [{ chosen: -1 }] },
      variant: { problem: 'Nothing came out.' },
    });
    expect(dead).toMatchObject({ variant: { problem: 'It stopped.' } });
  });

  test('an example that there is none of', async () => {
    await expect(examiner().ask(7, [])).rejects.toThrow(/2 examples, and none of number 8/);
  });
});

test('drawn digits are the same for a seed, and others for another', async () => {
  const draw = (seed: number) =>
    digitSet.draw(12, createRandom(seed), {} as never).then((all) => JSON.stringify(all));
  expect(await draw(1)).toBe(await draw(1));
  expect(await draw(1)).not.toBe(await draw(2));
});
