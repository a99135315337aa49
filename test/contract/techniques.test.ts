/** What every technique promises, for every row of the table and every kind of weight. */
import { beforeAll, describe, expect, test } from 'vitest';

import { compress, type CompressOptions, type Progress } from '../../src/core/compress/compress.ts';
import { needsOfStep } from '../../src/core/compress/needs.ts';
import { parseOption, resolveOptions } from '../../src/core/compress/options.ts';
import { parseRecipe, parseStep, type Recipe, type Step } from '../../src/core/compress/recipe.ts';
import {
  techniqueIds,
  techniques,
  type AnyTechnique,
  type TechniqueId,
  type TechniqueOptions,
} from '../../src/core/compress/techniques/index.ts';
import { generatedSamples } from '../../src/core/compress/train/generated-samples.ts';
import { isAbort, ModelError } from '../../src/core/errors.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { findWeights } from '../../src/core/onnx/weights.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import type { Feeds, ModelFiles } from '../../src/core/runtime.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { fixtures, type Fixture } from '../core/compress/fixtures.ts';
import { foldFixtures } from '../core/compress/fold/networks.ts';
import { memoryControl } from '../core/compress/train/control.ts';
import { oneThread } from '../core/compress/train/one-thread.ts';

/** A training that is long enough to change something. */
const short = { steps: 6, batch: 8, data: 'generated' };

/** Searches that try little; nothing is known of branches that their samples do not take. */
const quickly = { wish: 'relative-error', percent: 0.1, effort: 'quick', lowest: 8 };
const mixing = { goal: 'loss', loss: 1e-4, lowest: 8 };

/**
 * Options that hardly hurt, and how near the outputs must stay: the cosine between old and new. Whoever
 * `folds` finds work only where layers follow each other in certain ways, and meets networks of that kind too.
 */
const mild: {
  readonly [K in TechniqueId]: { options: TechniqueOptions<K>; cosine: number; folds?: true };
} = {
  'quantize-block': {
    options: resolveOptions('', techniques['quantize-block'].options, { bits: 8 }),
    cosine: 0.9995,
  },
  'quantize-rate': {
    options: resolveOptions('', techniques['quantize-rate'].options, { bits: 8 }),
    cosine: 0.9995,
  },
  'quantize-gptq': {
    options: resolveOptions('', techniques['quantize-gptq'].options, { bits: 8, sweeps: 1 }),
    cosine: 0.999,
  },
  'quantize-dynamic': { options: { range: 'full', perChannel: true }, cosine: 0.999 },
  // Its ranges come from random inputs, which are narrower than those of the fixtures.
  'quantize-static': {
    options: resolveOptions('', techniques['quantize-static'].options),
    cosine: 0.85,
  },
  'mixed-precision': {
    options: resolveOptions('', techniques['mixed-precision'].options, mixing),
    cosine: 0.999,
  },
  target: {
    options: resolveOptions('', techniques.target.options, quickly),
    cosine: 0.999,
  },
  'cast-float16': { options: { overflow: 'keep' }, cosine: 0.99999 },
  dequantize: { options: { activations: true, ranges: 'relu' }, cosine: 0.9995 },
  'prune-magnitude': { options: { sparsity: 0.1, scope: 'global' }, cosine: 0.995 },
  'factorize-svd': {
    options: { rank: 'energy', energy: 0.99, ratio: 0.5, fixed: 16 },
    cosine: 0.98,
  },
  equalize: { options: {}, cosine: 0.99999, folds: true },
  awq: {
    options: { bits: 4, blockSize: 32, data: 'auto', samples: 64 },
    cosine: 0.99999,
    folds: true,
  },
  'correct-bias': { options: { data: 'auto', samples: 64 }, cosine: 0.9995 },
  repair: { options: { norms: true, data: 'auto', samples: 64 }, cosine: 0.9995 },
  rotate: { options: { tries: 2 }, cosine: 0.99999, folds: true },
  smooth: {
    options: { strength: 0.5, data: 'auto', samples: 64 },
    cosine: 0.99999,
    folds: true,
  },
  'fold-batchnorm': { options: {}, cosine: 0.99999, folds: true },
  distill: { options: resolveOptions('', techniques.distill.options, short), cosine: 0.98 },
  heal: { options: resolveOptions('', techniques.heal.options, short), cosine: 0.98 },
};

const trains = (id: TechniqueId): boolean =>
  needsOfStep(parseStep('', { technique: id, options: mild[id].options })).includes('training');

/** Whoever trains needs something to mend. */
const damage: Step = { technique: 'prune-magnitude', options: { sparsity: 0.2 } };
/** Whoever dequantizes or mends needs codes. */
const codes: Step = { technique: 'quantize-block', options: { bits: 8 } };

/** What comes before a technique, so that there is work for it. */
const before = (id: TechniqueId): Step[] =>
  ['dequantize', 'correct-bias', 'repair'].includes(id) ? [codes] : trains(id) ? [damage] : [];

function recipeOf(id: TechniqueId): Recipe {
  const step = { technique: id, options: mild[id].options };
  return parseRecipe({ version: 1, seed: 1, steps: [...before(id), step] });
}

/** A model as the technique meets it. */
async function met(id: TechniqueId, model: Model): Promise<Model> {
  const recipe = parseRecipe({ version: 1, seed: 1, steps: before(id) });
  return (await compressed(model, recipe)).model;
}

/** `compress` with all that a technique may need. */
async function compressed(model: Model, recipe: Recipe, options: CompressOptions = {}) {
  const control = memoryControl(await generatedSamples(model, { count: 20 }));
  const controls = { training: control, calibration: control };
  return compress(model, recipe, { runtime: oneThread, ...controls, ...options });
}

async function bytesOf(files: ModelFiles): Promise<Uint8Array[]> {
  const blobs = [files.onnx, ...files.external.values()];
  return Promise.all(blobs.map(async (blob) => new Uint8Array(await blob.arrayBuffer())));
}

/** Everything in the model, encoded anew. */
const written = (model: Model) => bytesOf(writeOnnx(model, { afresh: true }));

async function run(files: ModelFiles, feeds: Feeds): Promise<Float32Array> {
  const session = await nodeRuntime().createSession(files, { threads: 1 });
  try {
    const [output] = Object.values(await session.run(feeds));
    return output?.data as Float32Array;
  } finally {
    await session.release();
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
  expect(b.length).toBe(a.length);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const fixturesOf = (id: TechniqueId): Readonly<Record<string, () => Fixture>> =>
  mild[id].folds ? { ...fixtures, ...foldFixtures } : fixtures;

/** A model with a NaN or an infinity at the 30th value of a weight that the technique reads. */
function brokenFor(id: TechniqueId, value: number): { model: Model; name: string; place: string } {
  const technique: AnyTechnique = techniques[id];
  const models = Object.values(fixturesOf(id)).map((make) => make().model);
  const model = mild[id].folds
    ? models.find((one) => technique.targets(one).length > 0)!
    : fixtures['Gemm, MLP']().model;
  const { name, dims } = mild[id].folds
    ? technique.targets(model)[0]!
    : findWeights(model).find((one) => one.key === 'W2')!;
  const initializers = model.graph.initializers.map((tensor) => {
    if (tensor.name !== name) return tensor;
    const values = new Float32Array((tensor.rawData as Uint8Array).slice().buffer);
    values[29] = value;
    return makeTensor(name, 'float32', tensor.dims, values);
  });
  let rest = 29;
  const place = [...dims]
    .reverse()
    .map((dim) => {
      const index = rest % dim;
      rest = Math.floor(rest / dim);
      return index;
    })
    .reverse()
    .join(', ');
  return { model: { ...model, graph: { ...model.graph, initializers } }, name, place };
}

describe.each(techniqueIds)('%s', (id) => {
  const technique: AnyTechnique = techniques[id];

  test('has words for people', () => {
    expect(technique.label).not.toBe('');
    expect(technique.summary.length).toBeGreaterThan(40);
    expect(technique.summary).toMatch(/\.$/);
  });

  describe.each(Object.entries(technique.options))('option %s', (name, spec) => {
    test('is described, and its default is one of its values', () => {
      expect(spec.label).not.toBe('');
      expect(spec.help).toMatch(/\.$/);
      expect(resolveOptions(id, technique.options)).toHaveProperty(name, spec.default);
      if (spec.only) expect(technique.options).toHaveProperty(spec.only.option);
    });

    test('goes through text and back', () => {
      const values =
        spec.type === 'choice'
          ? spec.choices.map(({ value }) => value)
          : spec.type === 'toggle'
            ? [true, false]
            : [spec.default, spec.min, spec.max];
      for (const value of values) {
        expect(parseOption(name, spec, String(value))).toBe(value);
        expect(resolveOptions(id, technique.options, { [name]: value })).toHaveProperty(
          name,
          value,
        );
      }
    });
  });

  describe.each(Object.entries(fixturesOf(id)))('%s', (_, make) => {
    let fixture: Fixture;
    let once: Awaited<ReturnType<typeof compress>>;
    let given: Model;
    const progress: Progress[] = [];

    beforeAll(async () => {
      fixture = make();
      given = await met(id, fixture.model);
      once = await compressed(fixture.model, recipeOf(id), {
        onProgress: (one) => {
          if (one.technique === id) progress.push(one);
        },
      });
    });

    test('its targets are weights, in the order of the model', () => {
      const all = findWeights(given);
      const targets = technique.targets(given);
      const places = targets.map((weight) => all.indexOf(weight));
      expect(places.every((place) => place >= 0)).toBe(true);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    });

    test('changes what it says that it can change, or notes why not', () => {
      const spoken = (key: string) =>
        once.trace.at(-1)?.notes.some((note) => note.includes(`"${key}"`));
      const changed = new Set(once.trace.at(-1)?.changes.map(({ key }) => key));
      for (const { key } of findWeights(given)) {
        expect(changed.has(key) || spoken(key), key).toBe(true);
      }
    });

    test('is pure: the model that it was given stays as it was', async () => {
      expect(await written(fixture.model)).toEqual(await written(make().model));
    });

    test('is deterministic', async () => {
      const twice = await compressed(make().model, recipeOf(id));
      expect(await written(twice.model)).toEqual(await written(once.model));
    });

    test('gives a model that runs, and whose outputs stay near', async () => {
      const { feeds, model } = fixture;
      const after = await run(writeOnnx(once.model), feeds);
      expect(cosine(await run(writeOnnx(model), feeds), after)).toBeGreaterThan(mild[id].cosine);
    });

    test('tells its progress, which never goes back, and names a weight or a step', () => {
      const keys = findWeights(given).map(({ key }) => key);
      const isNamed = (what: string) =>
        trains(id) ? /^step \d+ of 6$/.test(what) : keys.includes(what);
      const done = progress.map((one) => one.done);
      expect(done).toEqual([...done].sort((a, b) => a - b));
      expect(progress.every((one) => isNamed(one.what) && one.done <= one.total)).toBe(true);
    });

    test('works on weights outside the file, and leaves them outside', async () => {
      const { onnx, external } = writeOnnx(fixture.model, {
        external: { location: 'weights.bin', threshold: 0 },
      });
      expect(external.size).toBe(1);
      const outside = await readOnnx({ onnx, external });
      const files = writeOnnx((await compressed(outside, recipeOf(id))).model);
      const reference = await run(writeOnnx(once.model), fixture.feeds);
      expect(await run(files, fixture.feeds)).toEqual(reference);
    });

    test('stops when told', async () => {
      const stopped = AbortSignal.abort();
      const early = compressed(fixture.model, recipeOf(id), { signal: stopped });
      expect(isAbort(await early.catch((error: unknown) => error))).toBe(true);
      const controller = new AbortController();
      const midway = compressed(fixture.model, recipeOf(id), {
        signal: controller.signal,
        onProgress: ({ technique: at }) => {
          if (at === id) controller.abort();
        },
      });
      // Where a technique finds nothing to do there is no progress at which to stop it.
      if (progress.length > 0) {
        expect(isAbort(await midway.catch((error: unknown) => error))).toBe(true);
      } else await midway;
    });
  });

  test.each([NaN, Infinity, -Infinity])('refuses %d, and says where it is', async (value) => {
    const { model: broken, name, place } = brokenFor(id, value);
    const error = await compressed(broken, recipeOf(id)).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ModelError);
    expect(String(error)).toContain(`Weight "${name}" is not finite at [${place}] (value 29).`);
  });

  test(`finds something to do in ${mild[id].folds ? 'one' : 'most'} of these models`, async () => {
    const makers = Object.values(fixturesOf(id));
    const models = await Promise.all(makers.map((make) => met(id, make().model)));
    const found = models.filter((model) => technique.targets(model).length > 0).length;
    expect(found).toBeGreaterThan(mild[id].folds ? 0 : makers.length / 2);
  });
});
