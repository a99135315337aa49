/**
 * Measures what variants of a model lose: their answers to a set of samples against those of the
 * original, which are computed once and kept.
 */
import { saidOf } from '../../calibrate/shares.ts';
import { RecipeError } from '../../errors.ts';
import { clusterMean, meanInterval, type Cluster } from '../../evaluate/bootstrap.ts';
import { wilson, type Interval } from '../../evaluate/statistics.ts';
import { rowsOf } from '../../evaluate/values.ts';
import type { Model } from '../../onnx/types.ts';
import type { Runtime, Value } from '../../runtime.ts';
import type { LossUnit } from '../search.ts';
import type { Samples } from '../training.ts';
import { answersOf, watchedIn, withSession, type Answerer, type Watched } from './answering.ts';
import { batchesOf, chooseSamples, type Batch } from './batches.ts';
import { scoresOf, valuesOf, type Reference } from './row-scores.ts';

export interface Loss {
  readonly loss: number;
  /** Of the mean, drawn by samples; absent where these are too few or hardly differ. */
  readonly interval?: Interval;
}

export interface EvaluatorOptions {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** `auto`: KL where the outputs are scores of classes, relative error elsewhere. */
  readonly metric: 'auto' | LossUnit;
  /** Samples at most, and rows of their answers in all, roughly. */
  readonly samples: number;
  readonly rows: number;
  /** So many samples may be fitted to by techniques; others are preferred. */
  readonly fitted: number;
  /** Samples that are not asked about. */
  readonly without?: ReadonlySet<number>;
}

/** Fewer samples than this say nothing about their spread. */
const fewest = 10;
/** Bytes of whole rows of scores; larger answers are kept in part. */
const mostWhole = 2 ** 27;

interface Asked {
  readonly batch: Batch;
  readonly references: readonly { readonly output: string; readonly reference: Reference }[];
}

export class Evaluator {
  readonly unit: LossUnit;
  /** "48 samples of reviews.txt, 2,048 rows": for people. */
  readonly from: string;
  readonly #asked: readonly Asked[];
  readonly #answers: Watched;
  readonly #options: EvaluatorOptions;
  readonly #given: { readonly original: Model; readonly samples: Samples };

  private constructor(
    words: Pick<Evaluator, 'unit' | 'from'>,
    asked: readonly Asked[],
    answers: Watched,
    options: EvaluatorOptions,
    given: { readonly original: Model; readonly samples: Samples },
  ) {
    this.unit = words.unit;
    this.from = words.from;
    this.#asked = asked;
    this.#answers = answers;
    this.#options = options;
    this.#given = given;
  }

  /** Runs the original on the samples. Errors: RecipeError where its outputs don't fit the metric, RuntimeError, the signal's reason. */
  static async open(
    original: Model,
    samples: Samples,
    options: EvaluatorOptions,
  ): Promise<Evaluator> {
    const { metric, runtime, fitted, without } = options;
    const choose = (most: number) => chooseSamples(original, samples, most, fitted, without);
    const [first] = batchesOf(original, samples, choose(Math.min(options.samples, 8)));
    if (!first) throw new RecipeError(`There are no samples in "${samples.label}". Give some.`);
    const answers = await answersOf(original, first.feeds(), metric, runtime);
    const unit = metric !== 'auto' ? metric : answers.kind === 'scores' ? 'kl' : 'relative-error';
    const each = answers.rows / first.indices.length;
    const chosen = choose(Math.min(options.samples, Math.ceil(options.rows / each)));
    const batches = batchesOf(original, samples, chosen);
    const asked = await referencesOf(original, batches, answers, { ...options, unit });
    const rows = Math.round(each * chosen.length);
    const from = `${saidOf(samples, chosen.length)}, ${rows.toLocaleString('en-US')} rows`;
    return new Evaluator({ unit, from }, asked, answers, options, { original, samples });
  }

  /** The same on samples that it did not ask about; undefined where there are too few. Errors: as `open`. */
  async afresh(): Promise<Evaluator | undefined> {
    const { original, samples } = this.#given;
    const asked = this.#asked.flatMap(({ batch }) => batch.indices);
    const without = new Set([...asked, ...(this.#options.without ?? [])]);
    if (samples.count - without.size < fewest) return undefined;
    return Evaluator.open(original, samples, { ...this.#options, metric: this.unit, without });
  }

  /** What a variant loses. It must have the original's inputs and outputs. Errors: RuntimeError, the signal's reason. */
  loss(variant: Model): Promise<Loss> {
    return withSession(variant, this.#answers, this.#options.runtime, (one) => this.lossOf(one));
  }

  /** What something that answers like a variant loses. Errors: as `loss`. */
  async lossOf(answerer: Answerer): Promise<Loss> {
    const clusters: Cluster[] = [];
    for (const { batch, references } of this.#asked) {
      this.#options.signal.throwIfAborted();
      const given = await answerer.run(batch.feeds());
      const parts = references.map(({ output, reference }) =>
        reference.compare(given[answerer.names.get(output)!]!),
      );
      clusters.push(...together(parts));
    }
    const counted = clusters.filter(({ count }) => count > 0);
    const mean = counted.length === 0 ? 0 : clusterMean(counted);
    const loss = Number.isNaN(mean) ? Infinity : mean;
    const interval = counted.length < fewest ? undefined : intervalOf(counted, this.unit);
    return { loss, ...(interval && loss < Infinity ? { interval } : {}) };
  }

  /** The graph that gives the values which are compared, and their names there. */
  watched(model: Model): { readonly model: Model; readonly names: ReadonlyMap<string, string> } {
    return watchedIn(model, this.#answers);
  }
}

/** Of single answers that change or don't, and where none does, the interval of a share: drawing again finds no change either. */
function intervalOf(clusters: readonly Cluster[], unit: LossUnit): Interval | undefined {
  const flips = clusters.reduce((sum, one) => sum + one.sum, 0);
  const isShare = unit === 'flips' && (flips === 0 || clusters.every(({ count }) => count === 1));
  return isShare
    ? wilson(flips, clusters.length)
    : meanInterval(clusters, { resamples: 1000, within: [0, Infinity] });
}

/** The original's answers to each batch. */
async function referencesOf(
  original: Model,
  batches: readonly Batch[],
  answers: Watched,
  { runtime, signal, unit }: EvaluatorOptions & { readonly unit: LossUnit },
): Promise<Asked[]> {
  return withSession(original, answers, runtime, async (answerer) => {
    const { names } = answerer;
    const asked: Asked[] = [];
    for (const batch of batches) {
      signal.throwIfAborted();
      const given = await answerer.run(batch.feeds());
      const values = answers.outputs.map((output) => ({
        output,
        value: given[names.get(output)!]!,
      }));
      const size = values.reduce((sum, { value }) => sum + elementsOf(value), 0);
      const whole = size * batches.length * 8 <= mostWhole;
      const references = values.map(({ output, value }) => ({
        output,
        reference: referenceOf(value, batch, unit, whole),
      }));
      asked.push({ batch, references });
    }
    return asked;
  });
}

const elementsOf = ({ dims }: Value): number => dims.reduce((product, dim) => product * dim, 1);

function referenceOf(value: Value, batch: Batch, unit: LossUnit, whole: boolean): Reference {
  const mask = batch.mask(rowsOf(value).rows);
  const samples = batch.indices.length;
  return unit === 'relative-error'
    ? valuesOf(value, samples, mask)
    : scoresOf(value, samples, mask, { unit, whole });
}

/** Several outputs of the same samples: their readings add up. */
function together(parts: readonly (readonly Cluster[])[]): Cluster[] {
  const [first = []] = parts;
  if (parts.length === 1) return [...first];
  // Outputs may part into samples differently; then each goes for itself.
  if (parts.some(({ length }) => length !== first.length)) return parts.flat();
  return first.map((_, sample) => ({
    sum: parts.reduce((sum, part) => sum + part[sample]!.sum, 0),
    count: parts.reduce((sum, part) => sum + part[sample]!.count, 0),
  }));
}
