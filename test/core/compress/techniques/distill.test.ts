/** Distillation under every turn that a training can take. */
import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import type { Step } from '../../../../src/core/compress/recipe.ts';
import type { Samples, TrainingState } from '../../../../src/core/compress/training.ts';
import { isAbort, RecipeError } from '../../../../src/core/errors.ts';
import { graph, model as modelOf, node, value } from '../../../../src/core/onnx/build.ts';
import { loadFloats } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import type { Value } from '../../../../src/core/runtime.ts';
import { weight } from '../fixtures.ts';
import { memoryControl, rows, type MemoryControl } from '../train/control.ts';
import { oneThread as runtime } from '../train/one-thread.ts';

/** scores = softmax(relu(x·A)·B) with 12 inputs and 6 classes. */
const teacher = modelOf(
  graph({
    nodes: [
      node('MatMul', ['x', 'A'], ['hidden']),
      node('Relu', ['hidden'], ['active']),
      node('MatMul', ['active', 'B'], ['logits']),
      node('Softmax', ['logits'], ['scores'], { attributes: { axis: -1 } }),
    ],
    inputs: [value('x', 'float32', ['batch', 12])],
    outputs: [value('scores', 'float32', ['batch', 6])],
    initializers: [weight('A', [12, 24], 12), weight('B', [24, 6], 24)],
  }),
  { opset: 17 },
);
const samples = rows('x', 120, 12, (index) => index % 6);

const options = { steps: 20, batch: 8, learningRate: 0.01, hardLabels: 0 } as const;
const pruned: Step = { technique: 'prune-magnitude', options: { sparsity: 0.7 } };

function distilled(control: MemoryControl, more: object = {}, signal?: AbortSignal) {
  const step = { technique: 'distill', options: { ...options, ...more } } as const;
  return compress(
    teacher,
    { version: 1, seed: 5, steps: [pruned, step] },
    { runtime, training: control, ...(signal ? { signal } : {}) },
  );
}

const floats = (from: Model, name: string) =>
  loadFloats(from.graph.initializers.find((one) => one.name === name)!);
const start = async () => (await compress(teacher, { version: 1, seed: 5, steps: [pruned] })).model;

test('the held-out loss falls, agreement rises, predictions and news come', async () => {
  const control = memoryControl(samples);
  const { trace } = await distilled(control, { steps: 60 });
  const looks = control.news.flatMap(({ heldOut }) => heldOut ?? []);
  const best = control.news.at(-1).best!;
  expect(best.step).toBeGreaterThan(0);
  expect(best.heldOut.loss).toBeLessThan(looks[0]!.loss * 0.7);
  expect(best.heldOut.agreement).toBeGreaterThanOrEqual(looks[0]!.agreement);
  expect(looks[0]!.accuracy).toBeGreaterThanOrEqual(0);
  const predictions = control.news.find((one) => one.predictions)!.predictions!;
  expect(predictions).toHaveLength(5);
  for (const { teacher: wise, student } of predictions) {
    expect(wise.probability).toBeGreaterThan(1 / 6);
    expect(student.answer).toBeLessThan(6);
  }
  expect(trace.at(-1)!.notes.join()).toContain('which is kept');
  expect(control.saved.size).toBe(0);
});

test.each(['cut', 'fresh'] as const)('a narrower student learns, weights %s', async (weights) => {
  const control = memoryControl(samples);
  const step = {
    technique: 'distill',
    options: { ...options, steps: 60, student: 'narrower', share: 0.5, weights },
  } as const;
  const { model } = await compress(
    teacher,
    { version: 1, seed: 5, steps: [step] },
    { runtime, training: control },
  );
  expect(model.graph.initializers.map(({ dims }) => dims)).toContainEqual([12, 12]);
  const [first] = control.news;
  expect(control.news.at(-1).best!.heldOut.loss).toBeLessThan(first!.heldOut!.loss * 0.8);
});

test('a teacher that gives probabilities is compared by the scores behind them', async () => {
  const control = memoryControl(samples);
  await distilled(control, { steps: 1, temperature: 1 });
  const student = await start();
  expect(control.news[0]!.heldOut!.loss).toBeCloseTo(await divergence(student), 1);
});

/** The mean KL divergence over all samples, computed from probabilities by its definition. */
async function divergence(student: Model): Promise<number> {
  const { runModel, feedOf } = await import('../../../onnxruntime.ts');
  const { makeTensor } = await import('../../../../src/core/onnx/tensor.ts');
  const { x } = samples.feeds(Array.from({ length: samples.count }, (_, index) => index));
  const fed = { x: await feedOf(makeTensor('x', 'float32', x!.dims, x!.data as Float32Array)) };
  const p = (await runModel(teacher, fed))['scores']!.data as Float32Array;
  const q = (await runModel(student, fed))['scores']!.data as Float32Array;
  return p.reduce((sum, one, at) => sum + one * Math.log(one / q[at]!), 0) / samples.count;
}

test('an interrupted training goes on to the same result', async () => {
  const whole = await distilled(memoryControl(samples));
  const states: TrainingState[] = [];
  const first = memoryControl(samples);
  let key = '';
  await distilled({
    ...first,
    save: (under, state) => {
      key = under;
      states.push(state);
      return Promise.resolve();
    },
  });
  const second = memoryControl(samples);
  const middle = states.find(({ step }) => step === 11)!;
  second.saved.set(key, middle);
  const rest = await distilled(second);
  expect(await floats(rest.model, 'A')).toEqual(await floats(whole.model, 'A'));
  expect(second.news.length).toBe(first.news.length);
});

describe('ends early', () => {
  test('told to stop, it keeps the best', async () => {
    const control = memoryControl(samples, (begun) => (begun < 7 ? 'go' : 'stop'));
    const { model, trace } = await distilled(control);
    expect(control.news.at(-1).step).toBe(7);
    expect(trace.at(-1)!.notes.join()).toContain('Stopped after 7 of 20 steps.');
    expect(await floats(model, 'B')).not.toEqual(await floats(await start(), 'B'));
  });

  test('where nothing helps, the start is kept, to the byte', async () => {
    const control = memoryControl(samples);
    const step = { technique: 'distill', options: { ...options, learningRate: 0.1 } } as const;
    const recipe = { version: 1, seed: 5, steps: [step] } as const;
    // The teacher as its own student: nothing can be nearer to it.
    const { model, trace } = await compress(teacher, recipe, { runtime, training: control });
    expect(model).toBe(teacher);
    expect(control.news.at(-1).best).toMatchObject({ step: 0, heldOut: { agreement: 1 } });
    expect(trace[0]!.notes.join()).toContain('Training did not help');
  });

  test('at a loss that is no number, it keeps what was good', async () => {
    const poisoned: Samples = {
      ...samples,
      feeds: (indices) => {
        const { x } = samples.feeds(indices) as { x: Value };
        const isTraining = calls++ > 40;
        return { x: isTraining ? { ...x, data: new Float32Array(x.data.length).fill(NaN) } : x };
      },
    };
    let calls = 0;
    const { model, trace } = await distilled(memoryControl(poisoned));
    expect(trace.at(-1)!.notes.join()).toContain('The loss was NaN in step');
    expect((await floats(model, 'A')).every(Number.isFinite)).toBe(true);
  });

  test('cancelled while it waits, it ends with the signal’s reason', async () => {
    const controller = new AbortController();
    const waiting = {
      ...memoryControl(samples),
      next: () => new Promise<'go'>(() => setTimeout(() => controller.abort(), 10)),
    };
    const error = await distilled(waiting, {}, controller.signal).catch((one: unknown) => one);
    expect(isAbort(error)).toBe(true);
  });
});

describe('says what is missing', () => {
  const step = { technique: 'distill', options } as const;
  const recipe = { version: 1, seed: 5, steps: [step] } as const;

  test('a runtime, samples', async () => {
    await expect(compress(teacher, recipe)).rejects.toThrow(RecipeError);
    await expect(compress(teacher, recipe)).rejects.toThrow(/no runtime that can train/);
    await expect(compress(teacher, recipe, { runtime })).rejects.toThrow(/no samples to train on/);
  });

  test('more than one sample', async () => {
    const training = memoryControl(rows('x', 1, 12));
    await expect(compress(teacher, recipe, { runtime, training })).rejects.toThrow(
      'Training needs at least 2 samples, one to judge by, and "1 rows" has 1. Give more.',
    );
  });

  test('a gradient: the path to the operator', async () => {
    const hard = modelOf(
      graph({
        nodes: [
          node('MatMul', ['x', 'A'], ['hidden']),
          node('Unknown', ['hidden'], ['y'], { name: 'odd', domain: 'my.own' }),
        ],
        inputs: [value('x', 'float32', ['batch', 12])],
        outputs: [value('y', 'float32', ['batch', 24])],
        initializers: [weight('A', [12, 24], 12)],
      }),
    );
    const { trace } = await compress(hard, recipe, { runtime, training: memoryControl(samples) });
    expect(trace[0]!.notes).toEqual([
      '"A" is left as it is: there is no gradient for Unknown "odd" ("A" → MatMul → Unknown).',
    ]);
  });
});
