/** A language model goes on with a text, or tells how likely it holds one. */
import type { Signature } from '../core/onnx/signature.ts';
import { readTexts, textGiven } from './data/texts.ts';
import { architectureOf, type ModelFacts } from './facts.ts';
import { jsonNamed, pathNamed, type Files } from './files.ts';
import { generationFigures, tokenChoices, tokenPlace } from './generation-figures.ts';
import { generationRules, type GenerationRules } from './generation-rules.ts';
import { isKnownInput } from './loops/decoder.ts';
import type { Chunk, ChunkOf, Plan } from './loops/loop.ts';
import { statesOf } from './loops/states.ts';
import { task, type Example, type Fit, type PreparedTask } from './task.ts';
import { hasTokenizer, needsTokenizer, tokenizerAmong } from './text-reader.ts';
import type { Tokenizer } from './tokenizer.ts';

export type GenerationInput =
  | {
      readonly kind: 'write';
      readonly prompt: string;
      /** Puts the prompt into the tokenizer's chat template. */
      readonly chat?: boolean;
      readonly limit: number;
      readonly sampling?: {
        readonly seed: number;
        readonly temperature: number;
        readonly topK: number;
        readonly topP: number;
      };
    }
  | {
      /** Teacher-forced: how likely is each of these tokens after the prompt. */
      readonly kind: 'score';
      readonly prompt: string;
      readonly chat?: boolean;
      /** Ids before the continuation, in place of a prompt. */
      readonly before?: readonly number[];
      readonly continuation: readonly number[];
    };

export interface GenerationInfo {
  /** Tokens that the model can take; Infinity where nobody says. */
  readonly context: number;
  readonly hasChatTemplate: boolean;
  /** Keys and values of earlier tokens are kept, so that each token costs one run of length one. */
  readonly hasCache: boolean;
}

export interface AnsweredToken {
  readonly id: number;
  /** What it adds to the text; '' for one that ends it and for the first bytes of a character. */
  readonly text: string;
  readonly probability: number;
  /** In teacher-forced answers: tokens that the model held likelier. */
  readonly rank?: number;
  /** The likeliest first. */
  readonly candidates: readonly {
    readonly id?: number;
    readonly text: string;
    readonly probability: number;
  }[];
}

export interface GenerationAnswer {
  readonly text: string;
  readonly tokens: readonly AnsweredToken[];
  /** Why it ended; absent while it goes on. */
  readonly last?: 'end' | 'limit' | 'context';
}

export const textGeneration = task<GenerationInput, GenerationAnswer, GenerationInfo>({
  label: 'Text generation',
  summary: 'Give a prompt, and watch both models go on with it and where they part.',
  view: 'text-generation',
  figures: generationFigures,
  choices: tokenChoices,
  placeOf: tokenPlace,
  fit,
  prepare,
});

/** Candidates that are told of each token. */
const told = 5;
/** Tokens that are written where nobody says how many. */
const usualLimit = 100;

function fit(model: ModelFacts): Fit {
  const { inputs, outputs, beside } = model;
  const states = statesOf(inputs, outputs);
  const free = inputs.filter(({ name }) => !states.some(({ input }) => input === name));
  const isText = ({ name, dtype, dims }: (typeof free)[number]): boolean =>
    name === 'input_ids' && /^int(32|64)$/.test(dtype) && dims.length === 2;
  const stranger = free.find(({ name }) => !isKnownInput(name));
  if (!free.some(isText) || !predictsTokens(outputs) || stranger) {
    const needs = 'It takes a model with "input_ids" that gives "logits" for each token.';
    return { fits: false, needs };
  }
  if (free.some(({ name }) => /^decoder_|^encoder_/.test(name))) {
    return { fits: false, needs: 'It takes a model without an encoder.' };
  }
  if (!hasTokenizer(model)) return { fits: false, needs: needsTokenizer };
  const architecture = architectureOf(model);
  if (architecture !== undefined && /ForCausalLM$|LMHeadModel$/.test(architecture)) {
    return { fits: true, because: `config.json names ${architecture}` };
  }
  if (states.some(({ input }) => /^past/.test(input))) {
    return { fits: true, because: 'it keeps what it has read, and gives logits for each token' };
  }
  // Without these, a model that fills gaps looks the same.
  return architecture === undefined && pathNamed(beside, 'generation_config.json') !== undefined
    ? { fits: true, because: 'a generation_config.json lies beside it' }
    : { fits: false, needs: 'It takes a config.json that names a …ForCausalLM.' };
}

const predictsTokens = (outputs: readonly Signature[]): boolean =>
  outputs.some(
    ({ name, dtype, dims }) =>
      name === 'logits' && /^float/.test(dtype ?? '') && (dims === undefined || dims.length === 3),
  );

async function prepare(
  model: ModelFacts,
  files: Files,
): Promise<PreparedTask<GenerationInput, GenerationAnswer, GenerationInfo>> {
  const tokenizer = await tokenizerAmong(files);
  const settings = (await jsonNamed(files, 'generation_config.json')) ?? {};
  const rules = generationRules(model, settings, tokenizer);
  const promptOf = remembered((input) => rules.beginning(input));
  return {
    info: {
      context: rules.context,
      hasChatTemplate: tokenizer.chat !== undefined,
      hasCache: statesOf(model.inputs, model.outputs).length > 0,
    },
    examples: prompts.map((prompt) => ({
      name: prompt,
      input: { kind: 'write', prompt, limit: usualLimit },
    })),
    plan: (input) => Promise.resolve().then(() => planOf(input, promptOf(input), rules)),
    answer: (chunks, input) =>
      Promise.resolve().then(() => answerIn(chunks, promptOf(input), rules, tokenizer)),
    inputFrom: async (given) => ({
      kind: 'write',
      prompt: await textGiven(given),
      limit: usualLimit,
    }),
    examplesFrom: async (data) =>
      (await readTexts(data)).flatMap(({ name, text }) => windowsOf(name, text, rules, tokenizer)),
    words: wordsOf,
  };
}

/** The answer asks again for each token that was written. */
function remembered<Answer>(
  work: (input: GenerationInput) => Answer,
): (input: GenerationInput) => Answer {
  let last: { readonly key: string; readonly answer: Answer } | undefined;
  return (input) => {
    const before = input.kind === 'score' ? input.before : undefined;
    const key = JSON.stringify([input.prompt, input.chat, input.kind, before]);
    if (last?.key !== key) last = { key, answer: work(input) };
    return last.answer;
  };
}

function planOf(input: GenerationInput, prompt: readonly number[], rules: GenerationRules): Plan {
  const { context, ends, repetitionPenalty } = rules;
  if (input.kind === 'score') {
    const ids = [...prompt, ...input.continuation];
    rules.checkLength(ids.length, context);
    // Where nothing comes before it, the first token is what the others follow.
    const from = Math.max(1, prompt.length);
    return { loop: 'score', request: { ids, from, context, candidates: told } };
  }
  rules.checkLength(prompt.length, context - 1);
  const { limit, sampling } = input;
  return {
    loop: 'generate',
    request: {
      prompt,
      limit,
      context,
      ends,
      candidates: told,
      ...(sampling ? { sampling } : {}),
      ...(repetitionPenalty === 1 ? {} : { repetitionPenalty }),
    },
  };
}

function answerIn(
  chunks: readonly Chunk[],
  prompt: readonly number[],
  { ends }: GenerationRules,
  { pieces, wordOf }: Tokenizer,
): GenerationAnswer {
  const tokens = chunks as readonly (ChunkOf<'generate'> | ChunkOf<'score'>)[];
  const final = tokens.at(-1);
  const last = final && 'last' in final ? final.last : undefined;
  const ids: readonly number[] = tokens.map(({ id }) => id);
  // What ends a text is no part of it, even where the tokenizer does not know it as a mark.
  const isOver = last === 'end' && ends.includes(ids.at(-1) ?? -1);
  const texts = pieces(isOver ? ids.slice(0, -1) : ids, prompt);
  return {
    text: texts.join(''),
    tokens: tokens.map((token, index) => ({
      id: token.id,
      text: texts[index] ?? '',
      probability: token.probability,
      ...('rank' in token ? { rank: token.rank } : {}),
      candidates: token.candidates.map(({ id, probability }) => ({
        id,
        text: wordOf(id),
        probability,
      })),
    })),
    ...(last ? { last } : {}),
  };
}

/** Windows of a text as long as the model's context; each begins with the last token of the one before. */
function windowsOf(
  name: string,
  text: string,
  { begin, context }: GenerationRules,
  tokenizer: Tokenizer,
): readonly Example<GenerationInput>[] {
  const ids = [...(begin === undefined ? [] : [begin]), ...tokenizer.encodePlain(text)];
  const length = Math.max(1, Math.min(context, longestWindow) - 1);
  const count = Math.ceil((ids.length - 1) / length);
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const start = index * length;
    const continuation = ids.slice(start + 1, start + length + 1);
    return {
      name: count > 1 ? `${name}, part ${index + 1} of ${count}` : name,
      input: { kind: 'score', prompt: '', before: ids.slice(start, start + 1), continuation },
      target: continuation,
    };
  });
}

/** Longer windows fill the memory with logits, and say little more. */
const longestWindow = 1024;

function wordsOf({ text, tokens }: GenerationAnswer): string {
  if (tokens.some(({ rank }) => rank === undefined) || tokens.length === 0) return text;
  const nats = tokens.reduce((sum, { probability }) => sum - Math.log(probability), 0);
  return `perplexity ${Math.exp(nats / tokens.length).toFixed(3)} over ${tokens.length} tokens`;
}

const prompts = [
  'Once upon a time',
  'One day, a little dog',
  'The sun was going down when',
  '“Who is there?” asked',
];
