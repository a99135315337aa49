/** What a language model says of the next token: the rows of its logits, and probabilities from them. */
import { RuntimeError } from '../../core/errors.ts';
import { expOfNegative } from '../../core/math/exp.ts';
import { describeSignature, type Signature } from '../../core/onnx/signature.ts';
import type { Value } from '../../core/runtime.ts';
import type { Candidate, LoopSession } from './loop.ts';
import { reals } from './values.ts';

/** Logits of a run, a row for each of its tokens: how likely which token follows it. */
export interface Logits {
  /** The row of the last token; of the one that many tokens before it. */
  row(beforeLast: number): Float32Array;
}

type Outputs = Readonly<Record<string, Value>>;

/**
 * How to read the logits of a run of `tokens` tokens with padding after them: the output "logits", or
 * the only one of three dims. Errors: RuntimeError where there is none, and where rows are missing.
 */
export function logitsOf(
  session: Pick<LoopSession, 'outputs' | 'states'>,
): (outputs: Outputs, tokens: number, padding: number) => Logits {
  const { name } = logitsOutput(session);
  return (outputs, tokens, padding) => {
    const value = outputs[name];
    const [width = 0, rows = 1] = [value?.dims.at(-1), value?.dims.at(-2)];
    // Models may compute the last row alone, and then say so by giving one.
    const last = rows === 1 ? 0 : tokens - 1;
    if (!value || width < 1 || (rows !== 1 && rows !== tokens + padding)) {
      throw new RuntimeError(
        `The model gave ${rows} rows of logits for ${tokens + padding} tokens, so it is unclear which belongs to which.`,
      );
    }
    const row = (beforeLast: number): Float32Array => {
      const start = (last - beforeLast) * width;
      if (start >= 0 && !Array.isArray(value.data)) {
        const data = value.data.subarray(start, start + width) as Value['data'];
        return reals(name, { ...value, data });
      }
      throw new RuntimeError(
        'The model gives logits of the last token only, so the tokens before it get no score. Export it with the logits of all.',
      );
    };
    return { row };
  };
}

/** The output with the logits: as it is called, or the only one of three dims. Errors: RuntimeError. */
export function logitsOutput({
  outputs,
  states,
}: Pick<LoopSession, 'outputs' | 'states'>): Signature {
  const named = outputs.find(({ name }) => name === 'logits');
  const alike = outputs.filter(
    ({ name, dtype, dims }) =>
      /^float/.test(dtype ?? '') &&
      dims?.length === 3 &&
      !states.some(({ output }) => output === name),
  );
  const found = named ?? (alike.length === 1 ? alike[0] : undefined);
  if (found) return found;
  const given = outputs.map((output) => `${output.name} ${describeSignature(output)}`).join(', ');
  throw new RuntimeError(
    `The model has no output "logits" that tells how likely each token is; its outputs are: ${given || 'none'}. Choose another task.`,
  );
}

/** The softmax of a row, with the temperature at 1. */
export interface Softmax {
  /** Of a token: exp(logit − largest) ÷ sum of the same. */
  readonly probability: (id: number) => number;
  /** The likeliest tokens, the likeliest first, the lower id first of equals. */
  readonly candidates: (count: number) => Candidate[];
}

/** Errors: RuntimeError for a row with NaN, or without a largest value; `token` counts from 1. */
export function softmaxOf(row: Float32Array, token: number): Softmax {
  // By index: this runs for each token, and iterators are slow here.
  let top = -Infinity;
  for (let id = 0; id < row.length; id++) if (row[id]! > top) top = row[id]!;
  let sum = 0;
  for (let id = 0; id < row.length; id++) sum += expOfNegative(row[id]! - top);
  if (!Number.isFinite(sum)) {
    throw new RuntimeError(
      `The model computes values that are no numbers (NaN) at token ${token}. Its weights may have become too coarse or too large: compress less, or choose another device.`,
    );
  }
  const probability = (id: number): number => Math.exp((row[id] ?? -Infinity) - top) / sum;
  return {
    probability,
    candidates: (count) => largest(row, count).map((id) => ({ id, probability: probability(id) })),
  };
}

/** Indices of the largest values, the largest first, the first of equals first. No value is NaN. */
export function largest(row: Float32Array, count: number): number[] {
  if (count < 1) return [];
  return count <= fewEnough ? byInsertion(row, count) : byThreshold(row, count);
}

/** So many are found in one pass. */
const fewEnough = 64;

function byInsertion(row: Float32Array, count: number): number[] {
  const best: number[] = [];
  let least = -Infinity;
  for (let id = 0; id < row.length; id++) {
    const value = row[id] ?? NaN;
    if (best.length >= count && !(value > least)) continue;
    let place = best.length;
    while (place > 0 && value > (row[best[place - 1] ?? 0] ?? NaN)) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
    least = row[best[best.length - 1] ?? 0] ?? NaN;
  }
  return best;
}

/** The values alone are sorted without a comparison function, and fast. */
function byThreshold(row: Float32Array, count: number): number[] {
  const threshold = row.slice().sort()[Math.max(0, row.length - count)] ?? NaN;
  const above: number[] = [];
  const equal: number[] = [];
  for (let id = 0; id < row.length; id++) {
    const value = row[id] ?? NaN;
    if (value > threshold) above.push(id);
    else if (value === threshold) equal.push(id);
  }
  above.sort((a, b) => (row[b] ?? NaN) - (row[a] ?? NaN) || a - b);
  return above.concat(equal.slice(0, Math.max(0, count - above.length)));
}
