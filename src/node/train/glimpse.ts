/** `npm run glimpses`: lets each embedded model and its smaller version answer one input, and writes what they said to public/models. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { presets } from '../../core/compress/presets.ts';
import { formatBytes } from '../../core/errors.ts';
import type { ClassAnswer, ClassInfo } from '../../tasks/classes.ts';
import { imageOf } from '../../tasks/digits.ts';
import type { EmbeddingsAnswer } from '../../tasks/embeddings.ts';
import { sampleDigits } from '../../tasks/sample-digits.ts';
import type { GenerationAnswer } from '../../tasks/text-generation.ts';
import type { Glimpse } from '../../zoo/glimpse.ts';
import type { ZooId } from '../../zoo/index.ts';
import {
  compress,
  open,
  openTask,
  runTask,
  sizeOf,
  type OpenModel,
  type OpenTask,
} from '../api.ts';

/** The version that the cards of the page show, and that opening them shows: small, and near enough to tell the same. */
const { recipe, label: name } = presets.int4;

/** Tokens that a story goes on for. */
const limit = 48;

const digit = 7;
const sentence = 'It is not bad, but it is not good either.';
const pair = ['He lost his hat in the wind.', 'The wind took his hat away.'] as const;
const beginning = 'One day, a little dog';

type Answers = readonly [original: unknown, compressed: unknown];

/** What is asked of each model, and how its answers are written down. */
const questions: Readonly<
  Record<
    ZooId,
    { readonly input: unknown; readonly note: (answers: Answers, task: OpenTask) => object }
  >
> = {
  digits: { input: { image: imageOf(sampleDigits[digit]!) }, note: digitNote },
  'digits-vit': { input: { image: imageOf(sampleDigits[digit]!) }, note: digitNote },
  sentiment: {
    input: { text: sentence },
    note: (answers, { info }) => ({
      kind: 'text',
      input: sentence,
      labels: (info as ClassInfo).labels,
      ...both(answers, sharesOf),
    }),
  },
  embedder: {
    input: { texts: pair },
    note: (answers) => ({
      kind: 'likeness',
      input: pair,
      ...both(answers, (answer) => rounded((answer as EmbeddingsAnswer).similarities[0]![1]!)),
    }),
  },
  storyteller: {
    input: { kind: 'write', prompt: beginning, limit },
    note: (answers) => ({
      kind: 'story',
      input: beginning,
      ...both(answers, (answer) => (answer as GenerationAnswer).tokens.map(({ text }) => text)),
    }),
  },
};

function digitNote(answers: Answers): object {
  return { kind: 'digit', input: digit, ...both(answers, sharesOf) };
}

const both = <T>([original, compressed]: Answers, note: (answer: unknown) => T) => ({
  original: note(original),
  compressed: note(compressed),
});

const sharesOf = (answer: unknown): number[] => (answer as ClassAnswer).probabilities.map(rounded);

/** More digits would be noise of the machine that recorded them. */
const rounded = (value: number): number => Number(value.toFixed(4));

/** What a model and its smaller version say to one input. Errors: ModelError, RuntimeError. */
export async function glimpseOf(id: ZooId, original: OpenModel): Promise<Glimpse> {
  const { input, note } = questions[id];
  const compressed = await compress(original, recipe);
  const task = await openTask(original);
  const answers: unknown[] = [];
  for (const model of [original, compressed]) {
    const [said] = await runTask(task, model, [input]);
    answers.push(said?.answer);
  }
  const noted = note([answers[0], answers[1]], task);
  return { ...noted, recipe, name, bytes: sizeOf(compressed) } as Glimpse;
}

/** Records all of them anew. */
export async function main(): Promise<void> {
  const models = fileURLToPath(new URL('../../../public/models', import.meta.url));
  for (const id of Object.keys(questions) as ZooId[]) {
    const original = await open(join(models, id, 'onnx/model.onnx'));
    const glimpse = await glimpseOf(id, original);
    await writeFile(join(models, id, 'glimpse.json'), `${JSON.stringify(glimpse)}\n`);
    const [before, after] = [sizeOf(original), glimpse.bytes].map(formatBytes);
    process.stdout.write(`${id}: ${before} → ${after}\n`);
  }
}
