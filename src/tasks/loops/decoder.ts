/**
 * A language model as one that takes token after token: with its cache in runs of what is new,
 * without in runs of the whole text. Knows the inputs that exporters give such models.
 */
import { RuntimeError } from '../../core/errors.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Feeds, Value } from '../../core/runtime.ts';
import { logitsOf, logitsOutput, type Logits } from './logits.ts';
import type { LoopSession } from './loop.ts';
import { createRound } from './round.ts';
import { emptyStates } from './states.ts';
import { integers } from './values.ts';

export interface Decoder {
  /**
   * Goes on with these tokens; gives logits of at least the last, or of all of them. Errors:
   * RuntimeError for what the model can't take.
   */
  append(ids: readonly number[], rows: 'last' | 'all'): Promise<Logits>;
  /** Frees the cache. */
  release(): void;
}

/** One run, as its inputs see it. */
interface Moment {
  /** Ids that this run takes, tokens in the cache before them, and padding after them. */
  readonly ids: readonly number[];
  readonly past: number;
  readonly padding: number;
  /** Ids of the source; absent where there is no encoder. */
  readonly source?: readonly number[];
  readonly rows: 'last' | 'all';
}

type Fill = (input: Signature, moment: Moment) => Value;

const row: (numbers: (moment: Moment) => readonly number[]) => Fill =
  (numbers) => (input, moment) => {
    const all = numbers(moment);
    return integers(input, all, [1, all.length]);
  };

const times = (count: number, number: number): number[] => new Array<number>(count).fill(number);
const padded = ({ ids, padding }: Moment): number[] => [...ids, ...times(padding, 0)];
/** Tokens that count, the padding that does not. */
const decoderMask = ({ past, ids, padding }: Moment): number[] => [
  ...times(past + ids.length, 1),
  ...times(padding, 0),
];
const sourceMask = ({ source = [] }: Moment): number[] => times(source.length, 1);

/** By input name, as optimum and its successors export them. */
const fills: Readonly<Record<string, Fill>> = {
  input_ids: row((moment) => moment.source ?? padded(moment)),
  decoder_input_ids: row(padded),
  attention_mask: row((moment) => (moment.source ? sourceMask(moment) : decoderMask(moment))),
  encoder_attention_mask: row(sourceMask),
  decoder_attention_mask: row(decoderMask),
  position_ids: row(({ past, ids, padding }) =>
    Array.from({ length: ids.length + padding }, (_, index) => past + index),
  ),
  token_type_ids: row((moment) => times((moment.source ?? padded(moment)).length, 0)),
  cache_position: (input, { past, ids }) =>
    integers(
      input,
      ids.map((_, index) => past + index),
      [ids.length],
    ),
  use_cache_branch: (input, { past }) => integers(input, [past > 0 ? 1 : 0], [1]),
  // 0 asks for the logits of all.
  num_logits_to_keep: (input, { rows }) => integers(input, [rows === 'last' ? 1 : 0], []),
};

/** Whether it is known what belongs into an input of this name, states aside. */
export const isKnownInput = (name: string): boolean => Object.hasOwn(fills, name);

/**
 * Makes a model ready to take text, from its beginning. `source`: ids for the encoder, where there is
 * one. Errors: RuntimeError for a model that is no language model.
 */
export function openDecoder(session: LoopSession, source?: readonly number[]): Decoder {
  const { states } = session;
  const free = freeInputs(session);
  const readLogits = logitsOf(session);
  const fixed = fixedLength(session);
  const cached = states.length > 0;
  const round = createRound(session, emptyStates(session));
  const text: number[] = [];
  const run = async (ids: readonly number[], rows: 'last' | 'all'): Promise<Logits> => {
    const past = cached ? text.length : 0;
    text.push(...ids);
    const fresh = cached ? ids : text;
    const padding = paddingOf(fixed, fresh.length);
    const moment = { ids: fresh, past, padding, rows, ...(source ? { source } : {}) };
    const outputs = await round.step(feedsOf(free, moment));
    return readLogits(outputs, fresh.length, padding);
  };
  return {
    async append(ids, rows) {
      const most = rows === 'last' ? longestRun(session) : ids.length;
      let start = 0;
      for (; start + most < ids.length; start += most) {
        await run(ids.slice(start, start + most), 'last');
      }
      return run(ids.slice(start), rows);
    },
    release: () => round.release(),
  };
}

const feedsOf = (inputs: readonly Signature[], moment: Moment): Feeds =>
  Object.fromEntries(
    inputs.flatMap((input) => {
      const fill = fills[input.name];
      return fill ? [[input.name, fill(input, moment)]] : [];
    }),
  );

/** Logits that a run gives at most (128 MB): those of a long text over a large vocabulary would fill the memory. */
const mostLogits = 2 ** 25;

/** Tokens for one run, so that its logits don't become too many; all at once where nothing is kept between runs. */
export function longestRun(session: LoopSession): number {
  if (session.states.length === 0) return Infinity;
  const width = logitsOutput(session).dims?.at(-1);
  return Math.max(1, Math.floor(mostLogits / (typeof width === 'number' ? width : 2 ** 17)));
}

/** The inputs that are no state. Errors: RuntimeError naming one of which nothing is known. */
function freeInputs({ inputs, states }: LoopSession): readonly Signature[] {
  const free = inputs.filter(({ name }) => !states.some(({ input }) => input === name));
  const stranger = free.find(({ name }) => !isKnownInput(name));
  if (!stranger) return free;
  throw new RuntimeError(
    `Nothing is known of what belongs into the model's input "${stranger.name}" when it writes text. Choose the tensors view, or export the model without that input.`,
  );
}

/** The input that takes the text so far. */
const textInput = ({ inputs }: Pick<LoopSession, 'inputs'>): Signature | undefined =>
  inputs.find(({ name }) => name === 'decoder_input_ids') ??
  inputs.find(({ name }) => name === 'input_ids');

/** Whether text goes through an encoder first. */
export const hasEncoder = ({ inputs }: Pick<LoopSession, 'inputs'>): boolean =>
  inputs.some(({ name }) => name === 'decoder_input_ids');

/** Most tokens of a text: what the request knows of it, or what the model was exported for. */
export const contextOf = (session: LoopSession, context: number): number =>
  Math.min(context, fixedLength(session) ?? Infinity);

/** How many tokens each run takes, where the model was exported for one number of them. */
function fixedLength(session: LoopSession): number | undefined {
  const length = textInput(session)?.dims?.[1];
  if (typeof length !== 'number') return undefined;
  if (session.states.length === 0) return length;
  throw new RuntimeError(
    `The model keeps a cache and yet takes exactly ${length} tokens in a run, so text can't be written with it. Export it with a sequence length that is not fixed.`,
  );
}

/** Tokens see only what stands before them, so what follows the text does not matter. */
function paddingOf(fixed: number | undefined, length: number): number {
  if (fixed === undefined) return 0;
  if (length <= fixed) return fixed - length;
  throw new RuntimeError(
    `The text has ${length} tokens; the model was exported for exactly ${fixed}. Shorten the text.`,
  );
}
