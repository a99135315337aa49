/** Applies a recipe: folds its steps over the model, and says what each of them changed. */
import { inlineCrew, type Crew } from '../kernels/crew.ts';
import { createRandom } from '../math/random.ts';
import { sha256 } from '../onnx/hash.ts';
import type { Model } from '../onnx/types.ts';
import { findWeights } from '../onnx/weights.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { Runtime } from '../runtime.ts';
import type { CalibrationControl } from './calibration.ts';
import { diff, type Change } from './diff.ts';
import { resolveOptions } from './options.ts';
import { parseRecipe, stringifyRecipe, type Recipe, type Step } from './recipe.ts';
import type { SearchControl, SearchNews } from './search.ts';
import { groupsOf, type Group } from './select.ts';
import { techniques, type AnyTechnique, type TechniqueId } from './techniques/index.ts';
import type { TrainingControl, TrainingNews } from './training.ts';

/** `done` of `total` weights of one step; `what` names the weight in hand. */
export interface Progress {
  readonly step: number;
  readonly steps: number;
  readonly technique: TechniqueId;
  readonly done: number;
  readonly total: number;
  readonly what: string;
}

/** What one step did. */
export interface TraceEntry {
  readonly step: Step;
  readonly changes: readonly Change[];
  /** Why weights were left alone, and whatever else there is to say. */
  readonly notes: readonly string[];
  /** How its training went, where it trained. */
  readonly training?: readonly TrainingNews[];
  /** What its search tried, where it searched; the last of it is what was chosen. */
  readonly search?: readonly SearchNews[];
  /** Taken from the cache instead of computed. */
  readonly cached: boolean;
}

/** A model and how it came about. */
export interface Compressed {
  readonly model: Model;
  readonly trace: readonly TraceEntry[];
}

/** Keeps what the first steps of a recipe gave, by a key that holds the source, the seed and the steps. */
export interface StepCache {
  get(key: string): Promise<Compressed | undefined>;
  set(key: string, compressed: Compressed): Promise<void>;
}

export interface CompressOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  readonly cache?: StepCache;
  readonly runtime?: Runtime;
  /** What techniques that train are given besides. */
  readonly training?: TrainingControl;
  /** What techniques that look at data are given besides. */
  readonly calibration?: CalibrationControl;
  /** What follows searches, and may end them early. */
  readonly search?: SearchControl;
  /** Who computes with layers; one after another unless told. */
  readonly crew?: Crew;
  /** What names the model in the cache's keys; `hashModel` unless told. */
  readonly source?: string;
}

/**
 * The model after every step of the recipe; the very model for an empty one. The same model, recipe
 * and seed give the same bytes everywhere. Errors: RecipeError, ModelError, the signal's reason.
 */
export async function compress(
  model: Model,
  given: Recipe,
  options: CompressOptions = {},
): Promise<Compressed> {
  const { cache } = options;
  options.signal?.throwIfAborted();
  // Checked whole before the first step: a mistake in the last shall not cost the work of the others.
  const recipe = parseRecipe(given);
  if (recipe.steps.length === 0) return { model, trace: [] };
  const source = cache ? (options.source ?? (await hashModel(model, options.signal))) : '';
  const keyOf = (count: number) =>
    `${source} ${stringifyRecipe({ ...recipe, steps: recipe.steps.slice(0, count) }, 0)}`;
  let { done, state } = await longestCached(cache, recipe.steps.length, keyOf, model);
  for (; done < recipe.steps.length; done++) {
    options.signal?.throwIfAborted();
    const entry = await applyStep(state.model, model, recipe, done, options);
    state = { model: entry.model, trace: [...state.trace, entry.trace] };
    await cache?.set(keyOf(done + 1), state);
  }
  return state;
}

/** One hash for all of a model's files: that of its .onnx where it has no others. Errors: the signal's reason. */
export async function hashModel(model: Model, signal?: AbortSignal): Promise<string> {
  const { onnx, external } = writeOnnx(model);
  const main = await sha256(onnx, signal);
  if (external.size === 0) return main;
  const parts = [main];
  for (const [location, blob] of external) parts.push(`${location} ${await sha256(blob, signal)}`);
  return sha256(new TextEncoder().encode(parts.join('\n')));
}

async function longestCached(
  cache: StepCache | undefined,
  steps: number,
  keyOf: (count: number) => string,
  model: Model,
): Promise<{ done: number; state: Compressed }> {
  for (let done = cache ? steps : 0; done > 0; done--) {
    const found = await cache?.get(keyOf(done));
    if (!found) continue;
    const trace = found.trace.map((entry) => ({ ...entry, cached: true }));
    return { done, state: { model: found.model, trace } };
  }
  return { done: 0, state: { model, trace: [] } };
}

/** The original after those steps before one that leave answers as they are. What came between is not in it. */
async function referenceFor(
  original: Model,
  recipe: Recipe,
  index: number,
  options: CompressOptions,
): Promise<Model> {
  const quiet = { ...options, onProgress: () => undefined };
  let model = original;
  for (const [at, { technique }] of recipe.steps.slice(0, index).entries()) {
    const { preserves }: AnyTechnique = techniques[technique];
    if (preserves) model = (await applyStep(model, original, recipe, at, quiet)).model;
  }
  return model;
}

async function applyStep(
  model: Model,
  original: Model,
  recipe: Recipe,
  index: number,
  options: CompressOptions,
): Promise<{ model: Model; trace: TraceEntry }> {
  const { seed, steps } = recipe;
  const step = steps[index]!;
  const technique: AnyTechnique = techniques[step.technique];
  const place = `steps[${index}] (${step.technique})`;
  const chosen = resolveOptions(place, technique.options, step.options);
  const groups = groupsOf(findWeights(model), step.select ?? {}, chosen);
  const notes: string[] = [];
  const news: TrainingNews[] = [];
  const tried: SearchNews[] = [];
  if (groups.length === 0) notes.push('No weight of this model fits the selection of this step.');
  const random = createRandom(seed).fork(`${index} ${step.technique}`);
  const report = reporter(index, steps.length, step.technique, groups, options.onProgress);
  let next = model;
  for (const [position, group] of groups.entries()) {
    // The groups before may have replaced the model; the keys stay.
    const keys = new Set(group.weights.map(({ key }) => key));
    next = await technique.apply(next, resolveOptions(place, technique.options, group.options), {
      signal: options.signal ?? never,
      progress: (done, total, what) => report(position, done / Math.max(total, 1), what),
      note: (text) => notes.push(text),
      random,
      original,
      reference: () => referenceFor(original, recipe, index, options),
      weights: findWeights(next).filter(({ key }) => keys.has(key)),
      ...(options.runtime ? { runtime: options.runtime } : {}),
      ...(options.training ? { training: overheard(options.training, news) } : {}),
      ...(options.calibration ? { calibration: options.calibration } : {}),
      search: written(options.search, tried),
      crew: options.crew ?? inlineCrew,
    });
  }
  const changes = await diff(model, next);
  const training = news.length > 0 ? { training: news } : {};
  const search = tried.length > 0 ? { search: tried } : {};
  return { model: next, trace: { step, changes, notes, ...training, ...search, cached: false } };
}

/** The control, whose news are written down as well; one that never stops where there is none. */
function written(control: SearchControl | undefined, tried: SearchNews[]): SearchControl {
  return {
    report(one) {
      tried.push(one);
      control?.report(one);
    },
    next: () => control?.next() ?? Promise.resolve('go'),
  };
}

/** The control, whose news are written down as well. */
function overheard(control: TrainingControl, news: TrainingNews[]): TrainingControl {
  return {
    samples: (kind) => control.samples(kind),
    report(one) {
      news.push(one);
      control.report(one);
    },
    next: () => control.next(),
    ...(control.saveDue ? { saveDue: () => control.saveDue!() } : {}),
    save: (key, state) => control.save(key, state),
    load: (key) => control.load(key),
    forget: (key) => control.forget(key),
  };
}

/** A signal that nobody can give. */
const never = new AbortController().signal;

/** Turns the share of a group that is done into weights of the whole step. */
function reporter(
  step: number,
  steps: number,
  technique: TechniqueId,
  groups: readonly Group[],
  onProgress: CompressOptions['onProgress'],
): (position: number, share: number, what: string) => void {
  const counts = groups.map(({ weights }) => weights.length);
  const sum = (some: readonly number[]) => some.reduce((all, count) => all + count, 0);
  const total = sum(counts);
  return (position, share, what) => {
    const done = sum(counts.slice(0, position)) + Math.floor(share * (counts[position] ?? 0));
    onProgress?.({ step, steps, technique, done, total, what });
  };
}
