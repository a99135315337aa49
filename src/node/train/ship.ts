/** Writes a trained model as the page and transformers.js expect it, with a card that says what it is. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { formatBytes } from '../../core/errors.ts';
import { sha256 } from '../../core/onnx/hash.ts';
import { elementCount } from '../../core/onnx/tensor.ts';
import { writeOnnx } from '../../core/onnx/write.ts';
import type { ModelCard } from '../../zoo/card.ts';
import { zoo } from '../../zoo/index.ts';
import type { ZooModel } from '../../zoo/zoo-model.ts';
import type { TrainedModel } from './train-model.ts';
import { undefinedWhereMissing } from './missing.ts';

/** Where the model lies in its folder, in the layout of transformers.js. */
const modelPath = 'onnx/model.onnx';

export async function shipModel(
  folder: string,
  id: string,
  { label, task, summary, trainedOn }: ZooModel,
  { prepared, model, scores, seed, steps, seconds }: TrainedModel,
  say: (line: string) => void,
): Promise<void> {
  const { onnx } = writeOnnx(model);
  const files = new Map<string, string | Uint8Array>([
    [modelPath, new Uint8Array(await onnx.arrayBuffer())],
    ...prepared.files,
  ]);
  const card: ModelCard = {
    id,
    label,
    task,
    summary,
    trainedOn,
    license: 'MIT',
    command: `npm run train -- ${id}`,
    seed,
    steps,
    seconds: Math.round(seconds),
    parameters: model.graph.initializers.reduce((sum, tensor) => sum + elementCount(tensor), 0),
    bytes: onnx.size,
    sha256: await sha256(onnx),
    scores,
    files: [...files.keys()].sort(),
  };
  files.set('card.json', `${JSON.stringify(card, undefined, 2)}\n`);
  await writeFolder(folder, files);
  await writeIndex(dirname(folder));
  const figures = Object.entries(scores).map(
    ([name, value]) => `${name} ${Number(value.toFixed(4))}`,
  );
  say(`${id}: ${card.parameters} parameters, ${formatBytes(card.bytes)}. ${figures.join(', ')}.`);
}

/** Writes a folder in place of the one that was there, which stays until the new one is whole. */
async function writeFolder(
  folder: string,
  files: ReadonlyMap<string, string | Uint8Array>,
): Promise<void> {
  const next = `${folder}.next`;
  await rm(next, { recursive: true, force: true });
  for (const [path, content] of files) {
    const file = join(next, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await rm(folder, { recursive: true, force: true });
  await rename(next, folder);
}

/** All cards in one file: the page asks for nothing else before a visitor chooses. */
async function writeIndex(models: string): Promise<void> {
  const order = Object.keys(zoo);
  const cards = await Promise.all(order.map((id) => readCard(join(models, id))));
  const known = cards.filter((card) => card !== undefined);
  await writeFile(join(models, 'index.json'), `${JSON.stringify(known, undefined, 2)}\n`);
}

/** The card of a model; undefined where it is not trained yet. */
async function readCard(folder: string): Promise<ModelCard | undefined> {
  const text = await readFile(join(folder, 'card.json'), 'utf8').catch(undefinedWhereMissing);
  return text === undefined ? undefined : (JSON.parse(text) as ModelCard);
}
