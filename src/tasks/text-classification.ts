/** A text gets a label: sentiment, topic, toxicity. */
import { ModelError } from '../core/errors.ts';
import type { Signature } from '../core/onnx/signature.ts';
import { isNumeric, numbersOf } from '../core/evaluate/values.ts';
import {
  classChoices,
  classFigures,
  classWords,
  probabilitiesOf,
  type ClassAnswer,
  type ClassInfo,
} from './classes.ts';
import { labelledTexts } from './data/labelled-texts.ts';
import { readRows } from './data/rows.ts';
import { textGiven } from './data/texts.ts';
import { architectureOf, type ModelFacts } from './facts.ts';
import { isRecord, type Files } from './files.ts';
import { labelsBeside } from './images/labels.ts';
import type { Chunk, ChunkOf } from './loops/loop.ts';
import { task, type Fit, type PreparedTask } from './task.ts';
import {
  hasTokenizer,
  needsTokenizer,
  readsText,
  textReader,
  tokenizerAmong,
} from './text-reader.ts';

export interface TextInput {
  readonly text: string;
}

export interface TextClassInfo extends ClassInfo {
  /** Classes are independent of each other (`problem_type` in config.json), so that several may hold. */
  readonly several: boolean;
  /** Tokens that the model can take. */
  readonly longest: number;
}

export const textClassification = task<TextInput, ClassAnswer, TextClassInfo>({
  label: 'Text classification',
  summary: 'Type a sentence and watch which labels both models give it.',
  view: 'text-classification',
  figures: classFigures,
  choices: classChoices,
  fit,
  prepare,
});

function fit(model: ModelFacts): Fit {
  const architecture = architectureOf(model);
  if (!readsText(model) || !scoresOutput(model)) {
    return { fits: false, needs: 'It takes a model with token ids that gives a score per class.' };
  }
  if (!hasTokenizer(model)) return { fits: false, needs: needsTokenizer };
  if (architecture !== undefined) {
    return architecture.endsWith('ForSequenceClassification')
      ? { fits: true, because: `config.json names ${architecture}` }
      : { fits: false, needs: `It takes a …ForSequenceClassification, not a ${architecture}.` };
  }
  if (isRecord(model.config['id2label'])) {
    return { fits: true, because: 'it reads text, and config.json names classes' };
  }
  return scoresOutput(model)?.name === 'logits'
    ? { fits: true, because: 'it reads text and gives one row of logits' }
    : { fits: false, needs: 'It needs a config.json with the names of the classes (id2label).' };
}

/** [batch, classes]: the output "logits", or the only one of this kind. */
function scoresOutput({ outputs }: Pick<ModelFacts, 'outputs'>): Signature | undefined {
  const alike = outputs.filter(
    ({ dtype, dims }) => /^float/.test(dtype ?? '') && dims?.length === 2 && dims[1] !== 0,
  );
  return alike.find(({ name }) => name === 'logits') ?? (alike.length === 1 ? alike[0] : undefined);
}

async function prepare(
  model: ModelFacts,
  files: Files,
): Promise<PreparedTask<TextInput, ClassAnswer, TextClassInfo>> {
  const reader = textReader(model, await tokenizerAmong(files));
  const output = scoresOutput(model);
  const count = classCount(model, output);
  const labels = await labelsBeside(model, files, count);
  // One score alone is a yes or no, and would be 1 after a softmax whatever it is.
  const several = model.config['problem_type'] === 'multi_label_classification' || count === 1;
  return {
    info: { labels, several, longest: reader.longest },
    examples: samples.map((text) => ({ name: text, input: { text } })),
    plan: ({ text }) =>
      Promise.resolve().then(() => {
        const [feeds = {}] = reader.feedsOf([reader.idsOf(text)]);
        return { loop: 'once', request: { feeds } };
      }),
    answer: (chunks) => Promise.resolve().then(() => answerIn(chunks, output?.name, several)),
    inputFrom: async (given) => ({ text: await textGiven(given) }),
    async examplesFrom(data) {
      const found = labelledTexts(await readRows(data), labels);
      return found.map(({ text, label }) => ({
        name: text,
        input: { text },
        ...(label === undefined ? {} : { target: label }),
      }));
    },
    words: classWords(labels),
  };
}

/** By the output's shape, else by the names in config.json. */
function classCount({ config }: ModelFacts, output: Signature | undefined): number {
  const width = output?.dims?.[1];
  if (typeof width === 'number') return width;
  return isRecord(config['id2label']) ? Object.keys(config['id2label']).length : 0;
}

/** The first row: a batch of a fixed size holds the same text several times. */
function answerIn(
  chunks: readonly Chunk[],
  output: string | undefined,
  several: boolean,
): ClassAnswer {
  const values = (chunks.at(-1) ?? {}) as ChunkOf<'once'>;
  const value = values[output ?? ''];
  if (!value) return { probabilities: [] };
  const classes = value.dims.at(-1) ?? 0;
  if (!isNumeric(value) || classes < 1) {
    throw new ModelError(
      `The output "${output ?? ''}" holds no scores of classes. Choose the tensors view.`,
    );
  }
  const scores = Array.from(numbersOf(value)).slice(0, classes);
  return { probabilities: several ? scores.map(sigmoid) : probabilitiesOf(scores) };
}

const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));

const samples = [
  'A warm, funny film that I would gladly see again.',
  'The plot drags, and nobody seems to care.',
  'It is not bad, but it is not good either.',
  'I waited an hour for cold soup.',
  'What a day! The sun is out and the train was on time.',
];
