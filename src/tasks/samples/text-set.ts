/**
 * Text as samples: windows of running text for models that predict tokens, a line each for models that
 * judge or embed sentences.
 */
import { RecipeError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Numbers } from './npy.ts';
import { mainInputs, type SampleSet } from './sample-set.ts';

/** What cuts text into the ids of a model's tokens. */
export interface TextTokenizer {
  /** The marks that begin and end a text included. */
  encode(text: string): readonly number[];
  decode(ids: readonly number[]): string;
  readonly padding: number;
  /** Tokens that the model can take; Infinity where nobody says. */
  readonly longest: number;
  /** Whether it has a token for hidden words: its models fill gaps and do not go on with texts. */
  readonly hasMask: boolean;
}

/** Tokens of a sample, where the model takes as many. */
const windowLength = 128;
/** Tokens that a window is called by. */
const nameLength = 12;

interface TextModel {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly Signature[];
}

/** Texts by file name. Errors: RecipeError for a model that takes no tokens, and for too little text. */
export function textSet(
  texts: ReadonlyMap<string, string>,
  tokenizer: TextTokenizer,
  { inputs, outputs }: TextModel,
): SampleSet {
  const label = [...texts.keys()].join(', ');
  const [ids, ...others] = mainInputs(inputs);
  if (!ids || others.length > 0 || !/^int(32|64)$/.test(ids.dtype)) {
    const names = mainInputs(inputs).map(({ name }) => name);
    throw new RecipeError(
      `"${label}" is text, and this model takes ${names.join(', ') || 'nothing'} in place of token ids. Give arrays.`,
    );
  }
  const wanted = ids.dims[1];
  const length = typeof wanted === 'number' ? wanted : Math.min(windowLength, tokenizer.longest);
  const predicts = outputs.some(({ name, dims }) => dims?.length === 3 && /logits/i.test(name));
  const set = predicts
    ? windows([...texts.values()], tokenizer, ids.name, length)
    : lines([...texts.values()], tokenizer, inputs, ids.name, wanted, length);
  return { label, ...set };
}

type Unlabelled = Omit<SampleSet, 'label'>;

/** The right answer at each token is the next. */
function windows(
  texts: readonly string[],
  tokenizer: TextTokenizer,
  input: string,
  length: number,
): Unlabelled {
  const all: number[] = [];
  for (const text of texts) for (const id of tokenizer.encode(text)) all.push(id);
  const count = Math.floor((all.length - 1) / length);
  if (count < 2) {
    throw new RecipeError(
      `The text has ${all.length} tokens, and samples are ${length} tokens long. Give at least ${2 * length + 1} tokens.`,
    );
  }
  const dims = [count, length];
  const starts = Array.from({ length: count }, (_, index) => index * length);
  return {
    inputs: new Map([[input, { dims, data: all.slice(0, count * length) }]]),
    ...(tokenizer.hasMask ? {} : { targets: { dims, data: all.slice(1, count * length + 1) } }),
    names: starts.map((at) => `${tokenizer.decode(all.slice(at, at + nameLength)).trim()} …`),
  };
}

function lines(
  texts: readonly string[],
  tokenizer: TextTokenizer,
  inputs: readonly InputSpec[],
  input: string,
  wanted: number | string | undefined,
  most: number,
): Unlabelled {
  const names = texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length < 2) {
    throw new RecipeError('The text has fewer than two lines, and each is a sample. Give more.');
  }
  const rows = names.map((line) => cut(tokenizer.encode(line), most));
  const longest = Math.max(...rows.map((row) => row.length));
  const length = typeof wanted === 'number' ? wanted : longest;
  const columns = new Map([[input, filled(rows, length, (id) => id ?? tokenizer.padding)]]);
  const mask = inputs.find(({ name }) => /attention_mask/i.test(name));
  if (mask)
    columns.set(
      mask.name,
      filled(rows, length, (id) => (id === undefined ? 0 : 1)),
    );
  return { inputs: columns, names };
}

/** Long lines lose their end, but not the mark there. */
const cut = (ids: readonly number[], most: number): readonly number[] =>
  ids.length > most ? [...ids.slice(0, most - 1), ids.at(-1)!] : ids;

const filled = (
  rows: readonly (readonly number[])[],
  length: number,
  valueOf: (id: number | undefined) => number,
): Numbers => ({
  dims: [rows.length, length],
  data: rows.flatMap((row) => Array.from({ length }, (_, at) => valueOf(row[at]))),
});
