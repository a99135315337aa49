/** What a trained model leaves on disk. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { readOnnx } from '../../../src/core/onnx/read.ts';
import { sha256 } from '../../../src/core/onnx/hash.ts';
import { shipModel } from '../../../src/node/train/ship.ts';
import { trainModel } from '../../../src/node/train/train-model.ts';
import type { ModelCard } from '../../../src/zoo/card.ts';
import { zoo } from '../../../src/zoo/index.ts';
import { settingsIn, smallModel, temporaryFolder } from './small-training.ts';

// Every training opens several sessions: a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

const json = async (...path: string[]): Promise<unknown> =>
  JSON.parse(await readFile(join(...path), 'utf8'));

test('the layout of transformers.js, a card, and an index of all cards', async () => {
  const made = await trainModel(smallModel(), settingsIn(await temporaryFolder()));
  const models = await temporaryFolder();
  const [first, second] = Object.keys(zoo) as [string, string];
  await mkdir(join(models, 'not a model'));
  await mkdir(join(models, first, 'onnx'), { recursive: true });
  await writeFile(join(models, first, 'onnx', 'old.onnx'), 'of an earlier training');
  const said: string[] = [];
  const ship = (id: string) =>
    shipModel(join(models, id), id, smallModel(), made, (line) => said.push(line));
  await ship(second);
  await ship(first);

  const files = await readdir(join(models, first), { recursive: true });
  expect(files.sort()).toEqual(
    [
      'card.json',
      'config.json',
      'onnx',
      join('onnx', 'extra.bin'),
      join('onnx', 'model.onnx'),
    ].sort(),
  );
  expect((await readdir(models)).sort()).toEqual(
    [first, second, 'index.json', 'not a model'].sort(),
  );

  const onnx = new Blob([await readFile(join(models, first, 'onnx', 'model.onnx'))]);
  const card = (await json(models, first, 'card.json')) as ModelCard;
  expect(card).toEqual({
    id: first,
    label: 'Small',
    task: 'feature-extraction',
    summary: 'Does nothing useful.',
    trainedOn: 'Random numbers.',
    license: 'MIT',
    command: `npm run train -- ${first}`,
    seed: 1,
    steps: 8,
    seconds: Math.round(made.seconds),
    // Five vectors of 3.
    parameters: 15,
    bytes: onnx.size,
    sha256: await sha256(onnx),
    scores: made.scores,
    files: ['config.json', 'onnx/extra.bin', 'onnx/model.onnx'],
  });
  expect(await json(models, 'index.json')).toEqual([card, await json(models, second, 'card.json')]);
  const { graph } = await readOnnx({ onnx, external: new Map() });
  expect(graph.outputs.map(({ name }) => name)).toEqual(['y']);
  expect(said[1]).toMatch(new RegExp(`^${first}: 15 parameters, .* first -?\\d.*, n 2\\.$`));
});
