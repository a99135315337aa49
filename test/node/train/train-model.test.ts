/** The training of an embedded model: from its start, from a checkpoint, and to the same end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { isAbort } from '../../../src/core/errors.ts';
import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import { trainModel, type TrainedModel } from '../../../src/node/train/train-model.ts';
import { settingsIn, smallModel, temporaryFolder } from './small-training.ts';

// Every training opens several sessions: a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000 });

/** Every stored value of the model that ships. */
async function weightsOf({ model }: TrainedModel): Promise<Map<string, Float32Array>> {
  const floats = model.graph.initializers.filter(({ dtype }) => dtype === 'float32');
  const entries = floats.map(async (one) => [one.name, (await loadFloats(one)).slice()] as const);
  return new Map(await Promise.all(entries));
}

const failure = (training: Promise<unknown>): Promise<unknown> =>
  training.then(
    () => undefined,
    (error: unknown) => error,
  );

test('the same seed gives the same model, another one another', async () => {
  const train = async (seed: number) => {
    const folder = await temporaryFolder();
    return weightsOf(await trainModel(smallModel(), { ...settingsIn(folder), seed }));
  };
  const [first, again, other] = [await train(1), await train(1), await train(2)];
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
  expect([...first.keys()]).toContain('variance');
  expect(first.get('mean')).not.toEqual(new Float32Array(3));
});

describe('an interrupted training', () => {
  test('goes on to the same model', async () => {
    const whole = await trainModel(smallModel(), settingsIn(await temporaryFolder()));
    const settings = settingsIn(await temporaryFolder());
    const controller = new AbortController();
    const onBatch = (step: number): void => {
      if (step === 4) controller.abort();
    };
    const stopped = trainModel(smallModel({ onBatch }), {
      ...settings,
      signal: controller.signal,
    });
    expect(isAbort(await failure(stopped))).toBe(true);
    const said: string[] = [];
    const steps: number[] = [];
    const rest = await trainModel(smallModel({ onBatch: (step) => steps.push(step) }), {
      ...settings,
      say: (line) => said.push(line),
    });
    expect(said).toContain('Going on from step 5.');
    // The first batch is also looked at for its dims.
    expect(steps).toEqual([0, 5, 6, 7]);
    expect(await weightsOf(rest)).toEqual(await weightsOf(whole));
    expect(rest.scores).toEqual(whole.scores);
    expect(rest.steps).toBe(8);
  });

  test('that was ended without a word goes on from its last look', async () => {
    const whole = await trainModel(smallModel(), settingsIn(await temporaryFolder()));
    const settings = settingsIn(await temporaryFolder());
    const onBatch = (step: number): void => {
      if (step === 5) throw new Error('The lights went out.');
    };
    expect(await failure(trainModel(smallModel({ onBatch }), settings))).toBeInstanceOf(Error);
    const said: string[] = [];
    const rest = await trainModel(smallModel(), { ...settings, say: (line) => said.push(line) });
    expect(said).toContain('Going on from step 3.');
    expect(await weightsOf(rest)).toEqual(await weightsOf(whole));
  });
});

describe('a checkpoint', () => {
  const trained = async () => {
    const said: string[] = [];
    const settings = settingsIn(await temporaryFolder(), said);
    const first = await trainModel(smallModel(), settings);
    said.length = 0;
    return { settings, first, said };
  };

  test('of a training that is done ships again without a step', async () => {
    const { settings, first, said } = await trained();
    const again = await trainModel(smallModel(), { ...settings, onlyShip: true });
    expect(said).toContain('Going on from step 8.');
    expect(await weightsOf(again)).toEqual(await weightsOf(first));
    expect(again.seconds).toBe(first.seconds);
  });

  test('that is damaged is left, and said to be', async () => {
    const { settings, first, said } = await trained();
    await writeFile(join(settings.folder, 'checkpoint.bin'), 'nothing of use');
    const again = await trainModel(smallModel(), settings);
    expect(said).toContain('The last checkpoint is damaged; starting anew.');
    expect(await weightsOf(again)).toEqual(await weightsOf(first));
  });

  test('of other settings is left, and said to be', async () => {
    const { settings, said } = await trained();
    const { steps } = await trainModel(smallModel(), { ...settings, steps: 2 });
    expect(said).toContain('The last checkpoint is of other settings; starting anew.');
    expect(steps).toBe(2);
  });

  test('is forgotten when asked to', async () => {
    const { settings, said } = await trained();
    await trainModel(smallModel(), { ...settings, fresh: true });
    expect(said.some((line) => /Going on|anew/.test(line))).toBe(false);
  });

  test('must be there for a model to ship: fresh weights never do', async () => {
    const { settings } = await trained();
    for (const other of [{ seed: 2 }, { steps: 3 }, { fresh: true }]) {
      const made = trainModel(smallModel(), { ...settings, ...other, onlyShip: true });
      expect(await failure(made)).toMatchObject({
        name: 'UsageError',
        message: expect.stringContaining('There is no checkpoint of this training') as string,
      });
    }
  });
});

test('held-out scores are told at each look, whole ones at the end', async () => {
  const said: string[] = [];
  const { scores } = await trainModel(smallModel(), settingsIn(await temporaryFolder(), said));
  expect(said[0]).toBe('Preparing Small …');
  expect(said.filter((line) => line.startsWith('step')).map((line) => line.slice(0, 18))).toEqual([
    'step 3 · held out:',
    'step 6 · held out:',
  ]);
  expect(said.at(-1)).toBe('Scoring …');
  expect(scores['n']).toBe(2);
});
