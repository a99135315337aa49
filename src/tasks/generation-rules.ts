/** What a language model's files say of how it writes: where texts begin and end, and how long they get. */
import { ModelError } from '../core/errors.ts';
import type { ModelFacts } from './facts.ts';
import type { GenerationInput } from './text-generation.ts';
import { positionsOf } from './text-reader.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface GenerationRules {
  /** Tokens that the model can take; Infinity where nobody says. */
  readonly context: number;
  /** What a text begins with. */
  readonly begin: number | undefined;
  /** Ids that end a text. */
  readonly ends: readonly number[];
  /** 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Ids that an input begins with. Errors: ModelError where there is none to begin with. */
  beginning(input: GenerationInput): readonly number[];
  /** Errors: ModelError for a text that leaves no room. */
  checkLength(tokens: number, most: number): void;
}

/** `settings`: generation_config.json. Values that can't be meant count as none. */
export function generationRules(
  model: ModelFacts,
  settings: Readonly<Record<string, unknown>>,
  tokenizer: Tokenizer,
): GenerationRules {
  const { config, inputs } = model;
  const ids = inputs.find(({ name }) => name === 'input_ids');
  const below = ids?.ids?.below ?? Infinity;
  const known = (value: unknown): readonly number[] => idsIn(value).filter((id) => id < below);
  const length = ids?.dims[1];
  const begin = first(
    [settings['bos_token_id'], config['bos_token_id'], tokenizer.begin],
    known,
  )[0];
  const ends = first([settings['eos_token_id'], config['eos_token_id'], tokenizer.end], known);
  const penalty = settings['repetition_penalty'];
  return {
    begin,
    ends,
    context: Math.min(
      positionsOf(model),
      tokenizer.longest,
      typeof length === 'number' && length > 0 ? length : Infinity,
    ),
    repetitionPenalty: typeof penalty === 'number' && penalty > 0 && penalty < 100 ? penalty : 1,
    beginning(input) {
      if (input.kind === 'score' && input.before) return checked(input.before, below);
      const prompt = withoutEnd(idsOfPrompt(input, tokenizer), input.prompt, ends, tokenizer);
      if (prompt.length > 0) return checked(prompt, below);
      if (begin !== undefined) return [begin];
      // Without a first token, a text that is given can still be scored from its second on.
      if (input.kind === 'score') return [];
      throw new ModelError(
        'There is nothing to begin with: the prompt is empty, and this model has no token that begins a text. Write a word or two.',
      );
    },
    checkLength(tokens, most) {
      if (tokens <= most) return;
      throw new ModelError(
        `The text has ${tokens} tokens, and the model takes ${most}${most < this.context ? ' before it writes one more' : ''}. Shorten the text.`,
      );
    },
  };
}

/** The first of these that says anything. */
const first = (
  said: readonly unknown[],
  known: (value: unknown) => readonly number[],
): readonly number[] => said.map(known).find((ids) => ids.length > 0) ?? [];

/** One id, or a list of them. */
const idsIn = (value: unknown): readonly number[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (id): id is number => Number.isInteger(id) && (id as number) >= 0,
  );

function idsOfPrompt({ prompt, chat }: GenerationInput, tokenizer: Tokenizer): readonly number[] {
  if (!chat) return tokenizer.encode(prompt);
  if (tokenizer.chat) return tokenizer.chat(prompt);
  throw new ModelError('This model has no chat template. Give the prompt as plain text.');
}

/** A mark that ends the prompt would end the text before it is written. */
function withoutEnd(
  ids: readonly number[],
  prompt: string,
  ends: readonly number[],
  { encodePlain }: Tokenizer,
): readonly number[] {
  const last = ids.at(-1);
  const isMark = last !== undefined && ends.includes(last) && encodePlain(prompt).at(-1) !== last;
  return isMark && ids.length > 1 ? ids.slice(0, -1) : ids;
}

function checked(ids: readonly number[], below: number): readonly number[] {
  const stranger = ids.find((id) => id >= below);
  if (stranger === undefined) return ids;
  throw new ModelError(
    `The tokenizer.json beside the model gives id ${stranger}, and the model knows ids below ${below}. They don’t belong together.`,
  );
}
