import { describe, expect, test } from 'vitest';

import type { EvaluationReport, Lab, Progress, SetOffer } from '../../../src/bridge/evaluation.ts';
import { emptyRecipe } from '../../../src/core/compress/recipe.ts';
import { choiceOf } from '../../../src/ui/lab/set-choice.ts';
import { LabState, type LabHost } from '../../../src/ui/state/lab.svelte.ts';
import { Variants } from '../../../src/ui/state/variants.svelte.ts';

const drawn: SetOffer = {
  id: 'drawn',
  label: 'drawn digits',
  source: 'Drawn by a generator.',
  labelled: true,
  sizes: [100, 300, 1000],
  seeded: true,
};
const own: SetOffer = { ...drawn, id: 'own', label: 'own', sizes: [10], seeded: false };

const reportOf = (reference: string, variant: string, value: number): EvaluationReport => ({
  reference,
  variant,
  set: { id: 'drawn', label: 'drawn digits', source: '', n: 100, labelled: 100 },
  done: 100,
  total: 100,
  failed: { reference: 0, variant: 0 },
  nonFinite: { reference: 0, variant: 0 },
  figures: [
    {
      id: 'accuracy',
      label: 'right answers',
      unit: 'share',
      better: 'higher',
      reference: { value: 0.9, n: 100 },
      variant: { value, n: 100 },
    },
  ],
  labels: [],
});

/** A model with two variants, the second on the right, and a lab that says what it is asked. */
function bench({ evaluate, load }: Partial<Pick<Lab, 'evaluate' | 'load'>> = {}) {
  const variants = new Variants(1000);
  const made = [1, 2].map((seed) =>
    variants.add({
      recipe: { ...emptyRecipe, seed, steps: [{ technique: 'quantize-block' }] },
      samples: '',
      bytes: 100 * seed,
      parent: 'original',
    }),
  );
  const [first, second] = made.map(({ id }) => id) as [string, string];
  const asked: string[] = [];
  const host: LabHost = {
    variants,
    shown: { original: 'original', compressed: second },
    filesOf: (id) => {
      asked.push(`files of ${id}`);
      return Promise.resolve({ onnx: new Blob([id]), external: new Map() });
    },
    task: { id: 'digits', facts: { inputs: [], outputs: [], beside: [] } as never },
    file: { extras: new Map() },
  };
  const reports = new Map<string, EvaluationReport>();
  const fake: Partial<Lab> = {
    offers: [own, drawn],
    load: (choice) => {
      asked.push(`load ${choice.id} ${choice.size ?? ''}`);
      return load?.(choice) ?? Promise.resolve(reportOf('', '', 0).set);
    },
    evaluate: async (reference, variant, options) => {
      asked.push(`evaluate ${variant.id}`);
      const report = evaluate
        ? await evaluate(reference, variant, options)
        : reportOf(reference.id, variant.id, 0.8);
      reports.set(variant.id, report);
      return report;
    },
    report: (id) => Promise.resolve(reports.get(id)),
    close: () => asked.push('close'),
  };
  let opened = 0;
  const lab = new LabState(host, () => {
    opened++;
    return Promise.resolve(fake as Lab);
  });
  return { lab, variants, first, second, asked, host, opens: () => opened };
}

test('what stands on the right is evaluated unless others are chosen', async () => {
  const { lab, first, second } = bench();
  await lab.start();
  expect(lab.contenders).toEqual([second]);
  lab.choose(first, true);
  expect(lab.contenders).toEqual([second, first]);
  lab.choose(second, false);
  expect(lab.contenders).toEqual([first]);
  lab.choose('original', true);
  expect(lab.contenders).toEqual([first]);
});

test('held-out examples are offered first, of the middle size', async () => {
  const { lab } = bench();
  await lab.start();
  expect(lab.choice).toEqual({ id: 'drawn', size: 300, seed: 0 });
  expect(choiceOf(own)).toEqual({ id: 'own' });
  // As a link names it, as far as there is such a set.
  const wished = { id: 'drawn', size: 1000, seed: 7 };
  expect(choiceOf(drawn, wished)).toEqual(wished);
  expect(choiceOf(drawn, { ...wished, size: 31 })).toEqual({ ...wished, size: 300 });
  expect(choiceOf(drawn, { id: 'own', size: 1000 })).toEqual({ id: 'drawn', size: 300, seed: 0 });
  expect(choiceOf(own, { id: 'own', size: 7, seed: 3 })).toEqual({ id: 'own' });
});

describe('a run', () => {
  test('loads the set once, and leaves its figures with the variants', async () => {
    const { lab, variants, first, second, asked } = bench();
    await lab.start();
    lab.choose(first, true);
    await lab.run();
    await lab.run([first]);
    expect(asked.filter((one) => one.startsWith('load'))).toEqual(['load drawn 300']);
    expect(asked.filter((one) => one.startsWith('evaluate'))).toEqual([
      `evaluate ${second}`,
      `evaluate ${first}`,
      `evaluate ${first}`,
    ]);
    expect(variants.get(first)?.figures['judged:accuracy']?.value).toBe(0.8);
    expect(variants.get('original')?.figures['judged:accuracy']?.value).toBe(0.9);
    expect(lab.current.map(({ variant }) => variant)).toEqual([first, second]);
    expect(lab.report?.variant).toBe(second);
    expect(lab.job).toBeUndefined();
  });

  test('on another set forgets what was measured on the one before', async () => {
    const { lab, first, second } = bench();
    await lab.start();
    await lab.run([second]);
    lab.choice = { id: 'own' };
    await lab.run([first]);
    expect([...lab.reports.keys()]).toEqual([first]);
  });

  test('against another reference is told apart', async () => {
    const { lab, host, first, second } = bench();
    await lab.start();
    await lab.run([second]);
    (host as { shown: LabHost['shown'] }).shown = { original: first, compressed: second };
    expect(lab.reports.size).toBe(1);
    expect(lab.current).toEqual([]);
    expect(lab.report).toBeUndefined();
  });

  test('says how far all variants are together, and never goes back', async () => {
    const shares: number[] = [];
    const tell = (done: number): Progress => ({ done, total: 100, left: 10, doing: 'example' });
    const { lab, first } = bench({
      evaluate: (reference, variant, { onProgress }) => {
        for (const done of [0, 50, 40, 100]) {
          onProgress?.(tell(done));
          shares.push(lab.job!.share);
        }
        return Promise.resolve(reportOf(reference.id, variant.id, 0.8));
      },
    });
    await lab.start();
    lab.choose(first, true);
    await lab.run();
    expect(shares).toEqual([0, 0.25, 0.25, 0.5, 0.5, 0.75, 0.75, 1]);
  });

  test('that is stopped keeps what was measured, and starts no other', async () => {
    const { lab, first, second, asked } = bench({
      evaluate: (reference, variant) => {
        lab.stop();
        return Promise.resolve({ ...reportOf(reference.id, variant.id, 0.8), done: 7 });
      },
    });
    await lab.start();
    lab.choose(first, true);
    await lab.run();
    expect(asked.filter((one) => one.startsWith('evaluate'))).toEqual([`evaluate ${second}`]);
    expect(lab.current.map(({ done }) => done)).toEqual([7]);
    expect(lab.problem).toBeUndefined();
  });

  test('that fails says why, and the next one starts afresh', async () => {
    const { lab, second } = bench({
      load: () => Promise.reject(new Error('labels.npy is damaged.')),
    });
    await lab.start();
    await lab.run([second]);
    expect(lab.problem?.text).toBe('labels.npy is damaged.');
    expect(lab.job).toBeUndefined();
  });
});

test('a lab that was closed opens anew', async () => {
  const { lab, asked, opens, second } = bench();
  await lab.start();
  await lab.run([second]);
  lab.close();
  expect(lab.reports.size).toBe(0);
  expect(lab.offers).toEqual([]);
  await lab.start();
  expect(opens()).toBe(2);
  await Promise.resolve();
  expect(asked).toContain('close');
});
