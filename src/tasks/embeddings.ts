/** Sentences become vectors, and alike sentences lie close together. */
import { ModelError } from '../core/errors.ts';
import { spearman } from '../core/evaluate/rank-correlation.ts';
import { readRows } from './data/rows.ts';
import { sentenceGroups, type SentenceGroup } from './data/sentences.ts';
import { textGiven } from './data/texts.ts';
import { architectureOf, type ModelFacts } from './facts.ts';
import type { Files } from './files.ts';
import type { Chunk, ChunkOf } from './loops/loop.ts';
import { pooled, poolingIn, vectorOutput, type Pooling } from './pooling.ts';
import { task, type Figure, type Fit, type PreparedTask, type Sum } from './task.ts';
import {
  hasTokenizer,
  needsTokenizer,
  readsText,
  textReader,
  tokenizerAmong,
  type TextReader,
} from './text-reader.ts';

export interface EmbeddingsInput {
  readonly texts: readonly string[];
}

export interface EmbeddingsInfo {
  /** How a sentence's vector comes about: an output of the model, or one of what its tokens' vectors give. */
  readonly pooling: Pooling;
  readonly dims: number | undefined;
}

export interface EmbeddingsAnswer {
  /** Of length 1, one for each text. */
  readonly vectors: readonly Float32Array[];
  /** Cosine of each text with each, −1 to 1. */
  readonly similarities: readonly (readonly number[])[];
}

const figures: Readonly<Record<string, Figure<EmbeddingsAnswer>>> = {
  spearman: {
    label: 'rank correlation with judged pairs',
    unit: '',
    better: 'higher',
    ofTarget(answer, target) {
      const { judged } = target as Pick<SentenceGroup, 'judged'>;
      if (judged.length < 2) return undefined;
      const found = judged.map(({ a, b }) => similarity(answer, a, b));
      const given = judged.map(({ score }) => score);
      const sum = spearman(found, given);
      // Equal scores have no order to agree with.
      return Number.isFinite(sum) ? { sum, count: 1 } : undefined;
    },
  },
  similarities: {
    label: 'similarities off by',
    unit: '',
    better: 'lower',
    ofOriginal: (answer, original) =>
      sumOver(pairsOf(original), ([a, b]) =>
        Math.abs(similarity(answer, a, b) - similarity(original, a, b)),
      ),
  },
  neighbors: {
    label: 'same nearest neighbor',
    unit: 'share',
    better: 'higher',
    ofOriginal(answer, original) {
      // Of two texts, each is the only neighbor of the other.
      if (original.vectors.length < 3) return undefined;
      const texts = [...original.vectors.keys()];
      return sumOver(texts, (at) => (neighborOf(answer, at) === neighborOf(original, at) ? 1 : 0));
    },
  },
  cosine: {
    label: 'cosine to the original’s vector',
    unit: '',
    better: 'higher',
    ofOriginal(answer, original) {
      const [one, other] = [answer.vectors[0], original.vectors[0]];
      // A student may have narrower vectors: its similarities compare, they themselves do not.
      if (!one || one.length !== other?.length) return undefined;
      return sumOver(original.vectors.entries(), ([at, vector]) =>
        dot(answer.vectors[at] ?? vector, vector),
      );
    },
  },
};

function sumOver<T>(all: Iterable<T>, reading: (one: T) => number): Sum | undefined {
  let [sum, count] = [0, 0];
  for (const one of all) {
    sum += reading(one);
    count++;
  }
  return count === 0 ? undefined : { sum, count };
}

const similarity = ({ similarities }: EmbeddingsAnswer, a: number, b: number): number =>
  similarities[a]?.[b] ?? NaN;

function* pairsOf({ vectors }: EmbeddingsAnswer): Generator<readonly [number, number]> {
  for (let a = 0; a < vectors.length; a++)
    for (let b = a + 1; b < vectors.length; b++) yield [a, b];
}

/** The most similar other text, the first of equals. */
function neighborOf({ similarities }: EmbeddingsAnswer, at: number): number {
  const others = (similarities[at] ?? []).map((value, index) => (index === at ? -Infinity : value));
  return others.indexOf(Math.max(...others));
}

export const embeddings = task<EmbeddingsInput, EmbeddingsAnswer, EmbeddingsInfo>({
  label: 'Embeddings',
  summary: 'Compare sentences by their vectors, and see which similarities change.',
  view: 'embeddings',
  figures,
  brief: mostAlike,
  fit,
  prepare,
});

/** `most alike (0.93): A train leaves. | The train departs.` */
function mostAlike({ similarities }: EmbeddingsAnswer, { texts }: EmbeddingsInput): string {
  let best: { readonly a: number; readonly b: number; readonly value: number } | undefined;
  for (let a = 0; a < similarities.length; a++) {
    for (let b = a + 1; b < similarities.length; b++) {
      const value = similarities[a]?.[b] ?? NaN;
      if (!best || value > best.value) best = { a, b, value };
    }
  }
  if (!best) return `${texts.length} ${texts.length === 1 ? 'text' : 'texts'}`;
  return `most alike (${best.value.toFixed(2)}): ${texts[best.a] ?? ''} | ${texts[best.b] ?? ''}`;
}

function fit(model: ModelFacts): Fit {
  const architecture = architectureOf(model) ?? '';
  const output = vectorOutput(model);
  // Heads that a model was trained with are often cut off when it is exported to embed.
  const other = /For(?!MaskedLM|PreTraining|CausalLM|TextEmbedding)[A-Z]/.test(architecture);
  if (!readsText(model) || !output || model.outputs.some(({ name }) => name === 'logits')) {
    const needs = 'It takes a model with token ids that gives vectors, like "last_hidden_state".';
    return { fits: false, needs };
  }
  if (other) return { fits: false, needs: `It takes an encoder, not a ${architecture}.` };
  if (!hasTokenizer(model)) return { fits: false, needs: needsTokenizer };
  return { fits: true, because: `it reads text and gives "${output.name}"` };
}

async function prepare(
  model: ModelFacts,
  files: Files,
): Promise<PreparedTask<EmbeddingsInput, EmbeddingsAnswer, EmbeddingsInfo>> {
  const reader = textReader(model, await tokenizerAmong(files));
  const output = vectorOutput(model);
  const pooling = output?.perToken ? await poolingIn(files) : 'output';
  const source = { output: output?.name ?? '', pooling, reader };
  return {
    info: { pooling, dims: output?.width },
    examples: samples,
    plan: ({ texts }) =>
      Promise.resolve().then(() => {
        const [feeds, ...more] = reader.feedsOf(texts.map((text) => reader.idsOf(text)));
        if (!feeds) throw new ModelError('There is no text to embed. Give one on each line.');
        return { loop: 'once', request: { feeds, more } };
      }),
    answer: (chunks, { texts }) => Promise.resolve().then(() => answerIn(chunks, texts, source)),
    inputFrom: async (given) => ({ texts: linesOf(await textGiven(given)) }),
    async examplesFrom(data) {
      const groups = sentenceGroups(await readRows(data));
      return groups.map(({ texts, judged }, index) => ({
        name: `group ${index + 1}: ${texts.length} texts`,
        input: { texts },
        ...(judged.length > 0 ? { target: { judged } } : {}),
      }));
    },
    words: ({ similarities }) =>
      similarities.map((row) => row.map((value) => value.toFixed(3)).join('  ')).join('\n'),
  };
}

const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

interface VectorSource {
  readonly output: string;
  readonly pooling: Pooling;
  readonly reader: TextReader;
}

/** Of a run that is still going: the texts whose batches are done. */
function answerIn(
  chunks: readonly Chunk[],
  texts: readonly string[],
  { output, pooling, reader }: VectorSource,
): EmbeddingsAnswer {
  const vectors = (chunks as readonly ChunkOf<'once'>[]).flatMap((chunk, index) => {
    const value = chunk[output];
    const part = texts.slice(index * reader.batch, (index + 1) * reader.batch);
    return value
      ? part.map((text, row) => pooled(value, row, reader.idsOf(text).length, pooling))
      : [];
  });
  return { vectors, similarities: vectors.map((a) => vectors.map((b) => dot(a, b))) };
}

/** The cosine of vectors of length 1. */
function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0);
  return sum;
}

const samples = [
  {
    name: 'eight sentences in pairs',
    input: {
      texts: [
        'A man is riding a horse.',
        'Someone rides a brown horse across a field.',
        'The soup is far too salty.',
        'There is too much salt in this soup.',
        'Children are playing football in the rain.',
        'Some kids kick a ball although it rains.',
        'The train to the coast leaves at six.',
        'At six o’clock the train departs.',
      ],
    },
  },
  {
    name: 'the same words in another order',
    input: {
      texts: ['The dog chases the cat.', 'The cat chases the dog.', 'A cat runs after a dog.'],
    },
  },
];
