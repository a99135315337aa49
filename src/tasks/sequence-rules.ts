/** What the files of an encoder-decoder say of how it answers: where answers begin and end, and how long they get. */
import { ModelError } from '../core/errors.ts';
import type { ModelFacts } from './facts.ts';
import type { GenerateRequest } from './loops/loop.ts';
import { positionsOf } from './text-reader.ts';

/** New tokens at most where nobody says. */
const usualLimit = 128;
/** Candidates that are told of each token. */
const told = 5;

/** Ids as the tokenizer knows them, where no configuration names them. */
export interface Marks {
  readonly begin: number | undefined;
  readonly end: number | undefined;
}

/**
 * How the ids of a text are put to the model: greedily, since an answer is right or wrong. `config` of
 * the model has the settings of generation_config.json in it; values that can't be meant count as none.
 * Errors: ModelError where nobody says how answers begin; of the request where the text is empty or too
 * long, or has ids that the model does not know.
 */
export function sequenceRules(
  model: ModelFacts,
  { begin, end }: Marks,
): (ids: readonly number[]) => GenerateRequest {
  const { config } = model;
  const whole = (name: string): number | undefined => wholeIn(config[name])[0];
  const start = whole('decoder_start_token_id') ?? whole('bos_token_id') ?? begin;
  if (start === undefined) {
    throw new ModelError(
      'Neither config.json nor generation_config.json beside the model says with which token answers begin ("decoder_start_token_id"). Add it.',
    );
  }
  // Models for many languages are told the answer's.
  const forced = wholeIn(config['forced_bos_token_id']).filter((id) => id !== start);
  const decoderStart = [start, ...forced.slice(0, 1)];
  const context = positionsOf(model);
  const most = whole('max_new_tokens') ?? whole('max_length') ?? usualLimit;
  const limit = Math.max(1, Math.min(most, context - decoderStart.length));
  const ends = wholeIn(config['eos_token_id'] ?? end);
  const below = model.inputs.find(({ name }) => name === 'input_ids')?.ids?.below ?? Infinity;
  return (prompt) => {
    checkIds(prompt, below, context);
    return { prompt, decoderStart, limit, context, ends, candidates: told };
  };
}

/** One number, or a list of them. */
const wholeIn = (value: unknown): readonly number[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (id): id is number => Number.isSafeInteger(id) && (id as number) >= 0,
  );

function checkIds(ids: readonly number[], below: number, context: number): void {
  if (ids.length === 0) throw new ModelError('There is no text. Type some, or pick an example.');
  if (ids.length > context) {
    throw new ModelError(
      `The text has ${ids.length} tokens, and the model takes ${context}. Shorten it.`,
    );
  }
  const stranger = ids.find((id) => id >= below);
  if (stranger === undefined) return;
  throw new ModelError(
    `The text gets the id ${stranger}, and the model knows ids below ${below}: what lists its tokens belongs to another model.`,
  );
}
