/**
 * Chooses the next token. Sampling adds noise of Gumbel's distribution to the logits and takes the
 * largest sum, which draws from their softmax (Gumbel 1954; Maddison, Tarlow and Minka 2014). The noise
 * depends on the seed, the position and the token alone, so two models that hold the same tokens
 * likely choose the same ones: what differs is the models, not the dice.
 */
import type { GenerateRequest } from './loop.ts';
import { largest } from './logits.ts';

type Sampling = NonNullable<GenerateRequest['sampling']>;

/** Chooses from a row of logits at a position of the text, greedily (the first largest) without sampling. */
export function chooseToken(row: Float32Array, position: number, sampling?: Sampling): number {
  if (!sampling || !(sampling.temperature > 0)) return largest(row, 1)[0] ?? 0;
  const { seed, temperature } = sampling;
  let [chosen, best] = [0, -Infinity];
  for (const id of keptBy(row, sampling)) {
    const sum = (row[id] ?? -Infinity) / temperature + gumbel(seed, position, id);
    if (sum > best) [chosen, best] = [id, sum];
  }
  return chosen;
}

/**
 * The tokens that sampling may choose: the `topK` likeliest (0: all), and of those the fewest that
 * reach the probability `topP` together (Holtzman 2019), as Hugging Face's processors keep them.
 */
export function keptBy(
  row: Float32Array,
  { temperature, topK, topP }: Pick<Sampling, 'temperature' | 'topK' | 'topP'>,
): Iterable<number> {
  const count = topK >= 1 ? Math.min(topK, row.length) : row.length;
  const likeliest = count < row.length ? largest(row, count) : undefined;
  if (!(topP < 1)) return likeliest ?? row.keys();
  const top = row[largest(row, 1)[0] ?? 0] ?? 0;
  const weight = (id: number): number => Math.exp(((row[id] ?? -Infinity) - top) / temperature);
  let total = 0;
  for (const id of likeliest ?? row.keys()) total += weight(id);
  // Most often a few tokens reach it, and sorting all of a large vocabulary would take long.
  let tried = Math.min(64, count);
  let kept = reaching(largest(row, tried), weight, topP * total);
  while (!kept && tried < count) {
    tried = Math.min(tried * 8, count);
    kept = reaching(largest(row, tried), weight, topP * total);
  }
  return kept ?? largest(row, count);
}

/** The first ids whose weights reach a sum; undefined where all of them do not. */
function reaching(
  ids: readonly number[],
  weight: (id: number) => number,
  wanted: number,
): readonly number[] | undefined {
  let sum = 0;
  const end = ids.findIndex((id) => (sum += weight(id)) >= wanted);
  return end < 0 ? undefined : ids.slice(0, end + 1);
}

/** Noise of Gumbel's distribution, −ln(−ln u), with u between 0 and 1 out of a hash. */
export const gumbel = (seed: number, position: number, id: number): number =>
  -Math.log(-Math.log((hash(seed, position, id) + 0.5) / 2 ** 32));

/** 32 bits out of three numbers: each is mixed in by the finalizer of MurmurHash3 (Appleby 2011). */
function hash(seed: number, position: number, id: number): number {
  const low = mix((seed >>> 0) ^ 0x9e3779b9);
  const high = mix(low ^ (Math.floor(seed / 2 ** 32) >>> 0));
  return mix(mix(high + Math.imul(position + 1, 0x85ebca6b)) + Math.imul(id + 1, 0xc2b2ae35));
}

function mix(word: number): number {
  let bits = word | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * Makes tokens that were there before less likely: positive logits are divided by the penalty,
 * negative ones multiplied with it (Keskar 2019). 1 changes nothing.
 */
export function penalized(row: Float32Array, before: Iterable<number>, penalty = 1): Float32Array {
  if (penalty === 1) return row;
  const changed = row.slice();
  for (const id of new Set(before)) {
    const logit = row[id];
    if (logit !== undefined) changed[id] = logit < 0 ? logit * penalty : logit / penalty;
  }
  return changed;
}
