/** How one vector for a text comes out of a model. */
import { ModelError } from '../core/errors.ts';
import { isNumeric, numbersOf } from '../core/evaluate/values.ts';
import type { Signature } from '../core/onnx/signature.ts';
import type { Value } from '../core/runtime.ts';
import type { ModelFacts } from './facts.ts';
import { isRecord, type Files } from './files.ts';

export type Pooling = 'output' | 'mean' | 'first' | 'last' | 'max';

const wholeNames = ['sentence_embedding', 'embedding', 'embeddings', 'text_embeds'];
const tokenNames = ['last_hidden_state', 'token_embeddings', 'hidden_states'];

const ofRank = (rank: number, { outputs }: Pick<ModelFacts, 'outputs'>): readonly Signature[] =>
  outputs.filter(({ dtype, dims }) => /^float/.test(dtype ?? '') && dims?.length === rank);

/** The output that the vectors are in: one for each text, or one for each token. */
export function vectorOutput(
  model: Pick<ModelFacts, 'outputs'>,
): { readonly name: string; readonly perToken: boolean; readonly width?: number } | undefined {
  const named = (rank: number, names: readonly string[]) =>
    ofRank(rank, model).find(({ name }) => names.includes(name));
  const whole = named(2, wholeNames);
  const tokens = named(3, tokenNames);
  // Poolers are trained for another task, and their vectors compare badly: the last resort.
  const found = whole ?? tokens ?? named(2, ['pooler_output']);
  const width = found?.dims?.at(-1);
  return found
    ? {
        name: found.name,
        perToken: found === tokens && found !== whole,
        ...(typeof width === 'number' ? { width } : {}),
      }
    : undefined;
}

/** Keys of sentence-transformers' `1_Pooling/config.json`; the mean by the length's root points the same way. */
const modes: Readonly<Record<string, Pooling>> = {
  pooling_mode_cls_token: 'first',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean',
  pooling_mode_max_tokens: 'max',
  pooling_mode_lasttoken: 'last',
};

/** What the file beside the model asks for; the mean where there is none. Errors: ModelError for other ways. */
export async function poolingIn(files: Files): Promise<Pooling> {
  const path = [...files.keys()].find((key) => /(^|\/)1_Pooling\/config\.json$/.test(key));
  const text = path === undefined ? undefined : await files.get(path)?.text();
  if (path === undefined || text === undefined) return 'mean';
  const asked = asksFor(text);
  const [only, ...others] = asked;
  const pooling = Object.hasOwn(modes, only ?? '') ? modes[only ?? ''] : undefined;
  if (pooling && others.length === 0) return pooling;
  throw new ModelError(
    `"${path}" asks for ${asked.join(' and ') || 'no way of pooling'}; known here are the mean, the first, the last and the largest. Remove the file to take the mean.`,
  );
}

function asksFor(text: string): readonly string[] {
  try {
    const json: unknown = JSON.parse(text);
    const entries = isRecord(json) ? Object.entries(json) : [];
    return entries
      .filter(([key, on]) => /^pooling_mode/.test(key) && on === true)
      .map(([key]) => key);
  } catch {
    return [];
  }
}

/**
 * The vector of a text in a batch, of length 1. `tokens`: how many the text has; padding after them
 * does not count. Errors: ModelError where the output has not that many.
 */
export function pooled(value: Value, row: number, tokens: number, pooling: Pooling): Float32Array {
  const numbers = isNumeric(value) ? numbersOf(value) : [];
  const width = value.dims.at(-1) ?? 0;
  const length = pooling === 'output' ? 1 : (value.dims.at(-2) ?? 0);
  const count = pooling === 'output' ? 1 : tokens;
  const start = row * length * width;
  if (width < 1 || count > length || start + length * width > numbers.length) {
    throw new ModelError(
      `The model gave vectors of [${value.dims.join(', ')}], which are too few for its texts. Choose the tensors view.`,
    );
  }
  const at = (token: number, dim: number): number => numbers[start + token * width + dim] ?? NaN;
  const tokensOf = Array.from({ length: count }, (_, token) => token);
  const take: Readonly<Record<Pooling, (dim: number) => number>> = {
    output: (dim) => at(0, dim),
    first: (dim) => at(0, dim),
    last: (dim) => at(count - 1, dim),
    // The length is made 1 below, so the sum does.
    mean: (dim) => tokensOf.reduce((sum, token) => sum + at(token, dim), 0),
    max: (dim) => Math.max(...tokensOf.map((token) => at(token, dim))),
  };
  return unit(Float64Array.from({ length: width }, (_, dim) => take[pooling](dim)));
}

function unit(vector: Float64Array): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (x) => (length > 0 ? x / length : x));
}
