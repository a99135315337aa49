/** Lets a language model write several texts at once. */
import { RuntimeError } from '../../core/errors.ts';
import type { Random } from '../../core/math/random.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Feeds, Value } from '../../core/runtime.ts';
import type { LoopSession } from '../loops/loop.ts';
import { createRound } from '../loops/round.ts';
import { emptyStates } from '../loops/states.ts';
import { integers, reals, zeros } from '../loops/values.ts';
import { looksBackOnly, pairToTry, type LanguageModel } from './language-model.ts';
import type { Marks } from './self-written.ts';

/** Logits that a run gives at most: 64 MB. */
const mostLogits = 2 ** 24;
const mostTexts = 64;

/** One run: texts of equal length side by side, some of their tokens in the cache already. */
interface Moment {
  readonly texts: number;
  /** Of each text, the tokens that this run takes, padding included. */
  readonly rows: readonly (readonly number[])[];
  readonly past: number;
}

export class Writer {
  /** Whether it keeps what it has read, so that each token costs a run of one. */
  readonly isCached: boolean;
  /** Tokens of every run, where the model takes exactly so many. */
  readonly fixed: number | undefined;
  readonly #session: LoopSession;
  readonly #language: LanguageModel;
  readonly #marks: Marks;
  readonly #signal: AbortSignal | undefined;

  constructor(
    session: LoopSession,
    language: LanguageModel,
    marks: Marks,
    signal: AbortSignal | undefined,
  ) {
    this.#session = session;
    this.#language = language;
    this.#marks = marks;
    this.#signal = signal;
    this.isCached = session.states.length > 0;
    const length = language.ids.dims[1];
    this.fixed = typeof length === 'number' ? length : undefined;
  }

  /** How many texts of so many tokens one run takes. */
  together(length: number): number {
    const [batch] = this.#language.ids.dims;
    if (typeof batch === 'number') return batch;
    const width = Math.min(this.#language.vocabulary, 2 ** 17);
    const tokens = this.isCached ? 1 : length;
    return Math.max(1, Math.min(mostTexts, Math.floor(mostLogits / (width * tokens))));
  }

  /** Texts of so many tokens, one for each source of chance. Errors: RuntimeError, the signal's reason. */
  async write(randoms: readonly Random[], length: number): Promise<number[][]> {
    const texts = this.together(length);
    const { begin } = this.#marks;
    const written = randoms.map((random) => [begin ?? this.#anyToken(random)]);
    const filled = () => Array.from({ length: texts }, (_, at) => written[at] ?? written[0]!);
    const round = createRound(this.#session, statesFor(this.#session, texts));
    try {
      for (let at = 1; at < length; at++) {
        this.#signal?.throwIfAborted();
        const rows = filled().map((ids) => (this.isCached ? ids.slice(-1) : this.#padded(ids)));
        const past = this.isCached ? at - 1 : 0;
        const outputs = await round.step(this.#feeds({ texts, rows, past }));
        const logits = this.#logits(outputs);
        written.forEach((ids, text) => {
          const row = logits.row(text, this.isCached ? 0 : at - 1);
          ids.push(this.#next(ids[at - 1]!, row, randoms[text]!));
        });
      }
    } finally {
      round.release();
    }
    return written;
  }

  /** Tries out whether tokens see what comes after them. Errors: RuntimeError. */
  async looksBackOnly(): Promise<boolean> {
    const length = this.fixed ?? 8;
    const pair = pairToTry(this.#language.vocabulary, length);
    const both = [pair.slice(0, length), pair.slice(length)];
    const batch = this.together(length);
    let numbers = new Float32Array(0);
    let width = 0;
    for (let start = 0; start < 2; start += batch) {
      const rows = Array.from({ length: batch }, (_, at) => both[start + at] ?? both[1]!);
      const round = createRound(this.#session, statesFor(this.#session, batch));
      try {
        const outputs = await round.step(this.#feeds({ texts: batch, rows, past: 0 }));
        const logits = this.#logits(outputs);
        if (logits.rows !== length) return false;
        ({ width } = logits);
        if (start === 0) numbers = new Float32Array(2 * length * width);
        for (let text = start; text < Math.min(start + batch, 2); text++) {
          for (let at = 0; at < length; at++) {
            numbers.set(logits.row(text - start, at), (text * length + at) * width);
          }
        }
      } finally {
        round.release();
      }
    }
    return looksBackOnly(numbers, length, width);
  }

  #anyToken(random: Random): number {
    return random.integer(Math.min(this.#language.vocabulary, 2 ** 16));
  }

  #padded(ids: readonly number[]): readonly number[] {
    return [...ids, ...new Array<number>((this.fixed ?? ids.length) - ids.length).fill(0)];
  }

  /** After the end of a text another begins; a mark that means both needs no other behind it. */
  #next(last: number, row: Float32Array, random: Random): number {
    const { begin, ends } = this.#marks;
    const share = random.uniform();
    const begins = begin !== undefined && ends.has(last) && !ends.has(begin);
    return begins ? begin : drawn(row, share);
  }

  #feeds(moment: Moment): Feeds {
    const { inputs, states } = this.#session;
    const free = inputs.filter(({ name }) => !states.some(({ input }) => input === name));
    return Object.fromEntries(free.map((input) => [input.name, fed(input, moment)]));
  }

  #logits(outputs: Readonly<Record<string, Value>>) {
    const { name } = this.#language.logits;
    const value = outputs[name];
    if (!value) throw new RuntimeError(`The model gave no "${name}".`);
    const numbers = reals(name, value);
    const [width = 0, rows = 1] = [value.dims.at(-1), value.dims.at(-2)];
    return {
      width,
      rows,
      /** Models may compute the last row alone. */
      row(text: number, at: number): Float32Array {
        const start = (text * rows + Math.min(at, rows - 1)) * width;
        return numbers.subarray(start, start + width);
      },
    };
  }
}

/** What an input of a known name takes. */
function fed(input: Signature, { texts, rows, past }: Moment): Value {
  const length = rows[0]?.length ?? 0;
  const all = (count: number, numberAt: (at: number) => number): Value =>
    integers(
      input,
      Array.from({ length: texts * count }, (_, at) => numberAt(at % count)),
      [texts, count],
    );
  switch (input.name) {
    case 'input_ids':
      return integers(input, rows.flat(), [texts, length]);
    case 'attention_mask':
      return all(past + length, () => 1);
    case 'position_ids':
      return all(length, (at) => past + at);
    case 'token_type_ids':
      return all(length, () => 0);
    case 'cache_position':
      return integers(
        input,
        Array.from({ length }, (_, at) => past + at),
        [length],
      );
    case 'use_cache_branch':
      return integers(input, [past > 0 ? 1 : 0], [1]);
    default:
      // num_logits_to_keep: 0 asks for the logits of all.
      return integers(input, [0], []);
  }
}

/** What states are before the first token, for several texts. */
function statesFor(session: LoopSession, texts: number): Feeds {
  return Object.fromEntries(
    Object.entries(emptyStates(session)).map(([name, value]) => {
      const spec = session.inputs.find((input) => input.name === name)?.dims ?? [];
      const dims = value.dims.map((size, axis) => {
        const dim = spec[axis];
        const isBatch = typeof dim === 'string' && (axis === 0 || /batch/i.test(dim));
        return isBatch && size === 1 ? texts : size;
      });
      return [name, zeros(value.dtype, dims)];
    }),
  );
}

/** The token at a share of the whole probability. Errors: RuntimeError for logits that are not finite. */
function drawn(row: Float32Array, share: number): number {
  const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Float64Array.from(row, (logit) => Math.exp(logit - most));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (!Number.isFinite(total)) {
    throw new RuntimeError('The model’s logits are not finite, so it can’t write text.');
  }
  let left = share * total;
  for (let id = 0; id < weights.length; id++) {
    left -= weights[id]!;
    if (left < 0) return id;
  }
  return weights.length - 1;
}
