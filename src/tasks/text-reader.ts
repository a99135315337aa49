/** Models that read whole texts at once: which inputs they have, how long texts may be, and texts as feeds. */
import { ModelError } from '../core/errors.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Feeds, Value } from '../core/runtime.ts';
import type { ModelFacts, ModelInterface } from './facts.ts';
import { pathNamed, type Files } from './files.ts';
import { integers } from './loops/values.ts';
import { openTokenizer, type Tokenizer } from './tokenizer.ts';

export interface TextReader {
  /** Tokens that the model can take, marks included; Infinity where nobody says. */
  readonly longest: number;
  /** Ids of a text, cut to what the model can take. Errors: ModelError for ids that the model does not know. */
  idsOf(text: string): readonly number[];
  /** Texts that go into one run; the last one may have fewer. */
  readonly batch: number;
  /** Feeds of a run for each batch. */
  feedsOf(rows: readonly (readonly number[])[]): readonly Feeds[];
}

/** How an input is filled for a token of a row, or for the padding after its end. */
type Fill = (id: number | undefined, at: number, padding: number) => number;

const fills: readonly (readonly [name: RegExp, fill: Fill])[] = [
  [/mask/i, (id) => (id === undefined ? 0 : 1)],
  [/token_type|segment/i, () => 0],
  [/position/i, (_, at) => at],
  [/ids?$|token|^input/i, (id, _, padding) => id ?? padding],
];

const fillOf = (name: string): Fill | undefined => fills.find(([known]) => known.test(name))?.[1];
const isIds = ({ name, dtype, dims }: InputSpec): boolean =>
  /^int(32|64)$/.test(dtype) && dims.length === 2 && fillOf(name) === fills.at(-1)?.[1];
const isMask = ({ name }: InputSpec): boolean => fillOf(name) === fills[0]?.[1];

/** Whether a model takes a text's token ids, and nothing that does not follow from them. */
export function readsText({ inputs }: Pick<ModelInterface, 'inputs'>): boolean {
  const rest = inputs.filter((input) => !isIds(input));
  const follows = ({ name, dims }: InputSpec): boolean => {
    const fill = fillOf(name);
    return dims.length === 2 && fill !== undefined && fill !== fills.at(-1)?.[1];
  };
  return (
    inputs.length === rest.length + 1 &&
    rest.every(follows) &&
    rest.filter((input) => isMask(input)).length <= 1
  );
}

/** Whether a tokenizer lies beside the model. */
export const hasTokenizer = ({ beside }: Pick<ModelFacts, 'beside'>): boolean =>
  pathNamed(beside, 'tokenizer.json') !== undefined;

export const needsTokenizer = 'It needs a tokenizer.json beside the model.';

/** The tokenizer beside a model. Errors: ModelError where there is none, or it can't be read. */
export async function tokenizerAmong(files: Files): Promise<Tokenizer> {
  const tokenizer = await openTokenizer(files);
  if (tokenizer) return tokenizer;
  throw new ModelError(
    'There is no tokenizer.json beside the model, so text can’t become token ids. Open the folder that holds both.',
  );
}

/** Texts that go through the model together, where padding can be told from text. */
const together = 32;

/** `model` is one that `readsText`. */
export function textReader(model: ModelFacts, tokenizer: Tokenizer): TextReader {
  const { inputs } = model;
  const ids = inputs.find((input) => isIds(input));
  const fixed = fixedDims(inputs);
  const longest = Math.min(tokenizer.longest, positionsOf(model), fixed.length ?? Infinity);
  const batch = fixed.batch ?? (inputs.some((input) => isMask(input)) ? together : 1);
  return {
    longest,
    batch,
    idsOf: (text) => known(tokenizer.encode(text, longest), ids),
    feedsOf: (rows) =>
      Array.from({ length: Math.ceil(rows.length / batch) }, (_, index) =>
        feedsFor(inputs, rows.slice(index * batch, (index + 1) * batch), fixed, tokenizer.padding),
      ),
  };
}

interface FixedDims {
  readonly batch?: number;
  readonly length?: number;
}

function fixedDims(inputs: readonly InputSpec[]): FixedDims {
  const [batch, length] = inputs.find((input) => isIds(input))?.dims ?? [];
  return {
    ...(typeof batch === 'number' ? { batch: Math.max(1, batch) } : {}),
    ...(typeof length === 'number' ? { length } : {}),
  };
}

function feedsFor(
  inputs: readonly InputSpec[],
  rows: readonly (readonly number[])[],
  fixed: FixedDims,
  padding: number,
): Feeds {
  const length = fixed.length ?? Math.max(1, ...rows.map((row) => row.length));
  const count = fixed.batch ?? rows.length;
  // A batch of a fixed size is filled up with copies of the last text.
  const all = Array.from({ length: count }, (_, index) => rows[index] ?? rows.at(-1) ?? []);
  const feeds = inputs.map((input): [string, Value] => {
    const fill = fillOf(input.name) ?? (() => 0);
    const numbers = all.flatMap((row) =>
      Array.from({ length }, (_, at) => fill(row[at], at, padding)),
    );
    return [input.name, integers(input, numbers, [count, length])];
  });
  return Object.fromEntries(feeds);
}

/** Errors: ModelError where the tokenizer is not the model's, or the text has no token. */
function known(ids: readonly number[], input: InputSpec | undefined): readonly number[] {
  const below = input?.ids?.below ?? Infinity;
  const stranger = ids.find((id) => id >= below);
  if (ids.length > 0 && stranger === undefined) return ids;
  throw new ModelError(
    stranger === undefined
      ? 'The text has no token. Give a text that is not empty.'
      : `The tokenizer.json beside the model gives id ${stranger}, and the model knows ids below ${below}. They don’t belong together.`,
  );
}

const positionKeys = [
  'max_position_embeddings',
  'n_positions',
  'n_ctx',
  'max_seq_len',
  'max_sequence_length',
  'max_seq_length',
  'seq_length',
];

/** Models that count positions from the one after their padding's id. */
const countsFromPadding = /roberta|camembert|xmod|mpnet|esm|longformer|ernie_m/;

/** How many positions config.json says that a model has; Infinity where it does not say. */
export function positionsOf({ config }: Pick<ModelFacts, 'config'>): number {
  const said = positionKeys
    .map((key) => config[key])
    .find((value) => Number.isInteger(value) && (value as number) > 0) as number | undefined;
  if (said === undefined) return Infinity;
  const { model_type: kind, pad_token_id: padding = 1 } = config;
  const shifted = typeof kind === 'string' && countsFromPadding.test(kind);
  const taken = shifted && Number.isInteger(padding) ? (padding as number) + 1 : 0;
  return taken >= 0 && taken < said ? said - taken : said;
}
