/**
 * Text that a language model writes itself, to calibrate on where nobody gave any (Liu et al.,
 * "LLM-QAT", 2023): token by token, each drawn with the probability that the model gives it.
 */
import { realizeWith } from '../../core/compress/realize/realize.ts';
import { RecipeError } from '../../core/errors.ts';
import { createRandom } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { writeOnnx } from '../../core/onnx/write.ts';
import type { Runtime } from '../../core/runtime.ts';
import type { ModelFacts } from '../facts.ts';
import { jsonNamed, type Files } from '../files.ts';
import { openLoopSession } from '../loops/session.ts';
import { positionsOf } from '../text-reader.ts';
import { languageModelIn, saysThatItWrites, type LanguageModel } from './language-model.ts';
import type { SampleSet } from './sample-set.ts';
import { Writer } from './writer.ts';

export interface Author {
  readonly model: Model;
  readonly facts: ModelFacts;
  /** Files that lie beside the model. */
  readonly beside: Files;
  readonly runtime: Runtime;
}

export interface WritingOptions {
  readonly texts?: number;
  /** Tokens of a text, where the model takes as many. */
  readonly length?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Enough rows for layers of a thousand channels, and written within a minute. */
const usualTexts = 64;
/** Tokens of a text: each costs a run of one token with a cache, and one of the whole text without. */
const usualLength = { cached: 128, whole: 64 };

/**
 * Samples that the model writes; the same for a seed, on the same device. Undefined where the model is
 * no language model. Errors: ModelError, RuntimeError, the signal's reason.
 */
export async function selfWritten(
  { model, facts, beside, runtime }: Author,
  options: WritingOptions = {},
): Promise<SampleSet | undefined> {
  const language = languageModelIn(facts);
  const says = saysThatItWrites(facts);
  if (!language || says === false) return undefined;
  const realized = await realizeWith(model, runtime.device, (id) =>
    id === 'fold-dequantize' ? undefined : 'it writes for a moment only',
  );
  const session = await openLoopSession(
    runtime,
    writeOnnx(realized.model),
    facts,
    realized.session,
  );
  try {
    const marks = await marksOf(facts, beside, language);
    const writer = new Writer(session, language, marks, options.signal);
    if (says === undefined && !(await writer.looksBackOnly())) return undefined;
    return await written(writer, language, facts, options);
  } finally {
    await session.release();
  }
}

async function written(
  writer: Writer,
  { ids }: LanguageModel,
  facts: ModelFacts,
  { texts = usualTexts, seed = 0, ...options }: WritingOptions,
): Promise<SampleSet> {
  const usual = options.length ?? (writer.isCached ? usualLength.cached : usualLength.whole);
  const length = writer.fixed ?? Math.max(2, Math.min(usual, positionsOf(facts)));
  const randoms = Array.from({ length: texts }, (_, index) =>
    createRandom(seed).fork(`text ${index}`),
  );
  const rows: (readonly number[])[] = [];
  const together = writer.together(length);
  for (let start = 0; start < texts; start += together) {
    rows.push(...(await writer.write(randoms.slice(start, start + together), length)));
  }
  return {
    label: `${texts} texts that the model wrote itself`,
    inputs: new Map([[ids.name, { dims: [texts, length], data: rows.flat() }]]),
  };
}

/** What begins a text and what ends it, as the files beside the model say. */
export interface Marks {
  readonly begin: number | undefined;
  readonly ends: ReadonlySet<number>;
}

async function marksOf(
  { config }: ModelFacts,
  beside: Files,
  { vocabulary }: LanguageModel,
): Promise<Marks> {
  const settings = (await jsonNamed(beside, 'generation_config.json')) ?? {};
  const idsIn = (key: string): readonly number[] =>
    [settings[key], config[key]]
      .flat()
      .filter((id): id is number => Number.isInteger(id) && (id as number) >= 0)
      .filter((id) => id < vocabulary);
  return { begin: idsIn('bos_token_id')[0], ends: new Set(idsIn('eos_token_id')) };
}

/** Why a model can't write samples for itself. */
export const writesNothing = new RecipeError(
  'Only language models, which go on with a text token by token, can write samples themselves. Choose other data.',
);
