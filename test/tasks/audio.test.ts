import { openAsBlob, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';

import { audio } from '../../src/tasks/audio.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { openLoop } from './loops/models.ts';
import { answerOf, factsFrom } from './through.ts';

const facts: ModelFacts = {
  inputs: [
    { name: 'input', dtype: 'float32', dims: ['n', 'samples'] },
    { name: 'state', dtype: 'float32', dims: [2, 'n', 128] },
    { name: 'sr', dtype: 'int64', dims: [] },
  ],
  outputs: [{ name: 'output', dtype: 'float32', dims: ['n', 1] }],
  config: {},
  beside: [],
};

test('fits voice detectors, and nothing without a state or a rate', () => {
  expect(taskFor(facts).id).toBe('audio');
  expect(audio.fit({ ...facts, inputs: facts.inputs.slice(0, 2) }).fits).toBe(false);
  expect(audio.fit({ ...facts, inputs: facts.inputs.slice(1) }).fits).toBe(false);
});

test('refuses what is no sound, in words', async () => {
  const ready = await audio.prepare(facts, new Map());
  const sound = (samples: number[], rate = 16_000) => ({
    samples: Float32Array.from(samples),
    rate,
  });
  await expect(ready.plan(sound([]))).rejects.toThrow('no sound');
  await expect(ready.plan(sound([0, NaN]))).rejects.toThrow('no numbers');
  await expect(ready.plan(sound([0], 0))).rejects.toThrow('A rate of 0');
  await expect(ready.plan(sound(new Array<number>(4_000_000).fill(0), 1000))).rejects.toThrow(
    '67 minutes',
  );
  const file = { name: 'song.mp3', blob: new Blob(['ID3 something that is not a wave']) };
  await expect(ready.inputFrom({ file })).rejects.toThrow('"song.mp3" is no .wav file');
  await expect(ready.inputFrom({ text: 'hello' })).rejects.toThrow('Give a recording');
});

test('other rates become 16,000 samples a second', async () => {
  const ready = await audio.prepare(facts, new Map());
  const { request } = (await ready.plan({ samples: new Float32Array(44_100), rate: 44_100 })) as {
    request: { samples: Float32Array; hop: number; overlap: number };
  };
  expect(request.samples.length).toBe(16_000);
  expect([request.hop, request.overlap]).toEqual([512, 64]);
});

test('figures count steps, and words tell when speech was heard', async () => {
  const answer = (...probabilities: number[]) => ({
    probabilities: Float32Array.from(probabilities),
    step: 0.032,
  });
  const { figures } = audio;
  const [original, ours] = [answer(0, 0.5, 1, 1), answer(0.25, 0.25, 1, 0.5)];
  expect(figures['decisions']?.ofOriginal?.(ours, original)).toEqual({ sum: 3, count: 4 });
  expect(figures['mean-difference']?.ofOriginal?.(ours, original)).toEqual({ sum: 1, count: 4 });
  expect(figures['largest-difference']?.ofOriginal?.(ours, original)).toEqual({
    sum: 0.5,
    count: 1,
  });
  const broken = figures['largest-difference']?.ofOriginal?.(answer(NaN, 0, 0, 0), original);
  expect(broken?.sum).toBeNaN();
  const ready = await audio.prepare(facts, new Map());
  expect(ready.words(answer(0, 1, 1, 0, 0.9))).toBe('speech 0.03–0.10, 0.13–0.16 s of 0.16 s');
  expect(ready.words(answer(0, 0))).toBe('no speech of 0.06 s');
});

test('the sample is short, sound in every value, and the same each time', async () => {
  const sampleOf = async () => (await audio.prepare(facts, new Map())).examples[0]!.input;
  const { samples, rate } = await sampleOf();
  expect(rate).toBe(16_000);
  expect(samples.length / rate).toBeLessThanOrEqual(6);
  expect(samples.every((sample) => Math.abs(sample) <= 0.5)).toBe(true);
  expect((await sampleOf()).samples).toEqual(samples);
});

/** As the model's authors run it: each window begins with the last 64 samples of the one before. */
async function plainLoop(path: string, samples: Float32Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(path);
  let state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
  const sr = new ort.Tensor('int64', BigInt64Array.of(16_000n), []);
  const found: number[] = [];
  for (let start = 0; start < samples.length; start += 512) {
    const window = new Float32Array(576);
    window.set(samples.subarray(Math.max(0, start - 64), start), start === 0 ? 64 : 0);
    window.set(samples.subarray(start, start + 512), 64);
    const input = new ort.Tensor('float32', window, [1, 576]);
    const outputs = await session.run({ input, state, sr });
    state = outputs['stateN'] as typeof state;
    found.push(Number(outputs['output']?.data[0]));
  }
  await session.release();
  return found;
}

describe.skipIf(!hasShared)(`silero${hasShared ? '' : `: ${skipReason}`}`, () => {
  const path = sharedPath('models/silero_vad_v6.onnx');

  test('hears in a minute of speech what a plain loop hears', async () => {
    const wav = sharedPath('data/audio/silero_test.wav');
    const ready = await audio.prepare(await factsFrom(path), new Map());
    const input = await ready.inputFrom({ file: { name: 'a.wav', blob: await openAsBlob(wav) } });
    const session = await openLoop(path);
    const { probabilities, step } = await answerOf(ready, session, input);
    await session.release();
    const bytes = readFileSync(wav).subarray(44);
    const samples = Float32Array.from(
      { length: bytes.length / 2 },
      (_, index) => bytes.readInt16LE(2 * index) / 32_768,
    );
    const expected = await plainLoop(path, samples);
    expect(probabilities.length).toBe(expected.length);
    expect(step * expected.length).toBeCloseTo(60, 0);
    const apart = expected.map((one, at) => Math.abs(one - probabilities[at]!));
    const largest = Math.max(...apart);
    expect(largest).toBeLessThanOrEqual(1e-4);
    expect(expected.filter((one) => one >= 0.5).length).toBeGreaterThan(100);
  }, 60_000);

  test('hears the voice of the sample, and nothing in its tones and noise', async () => {
    const ready = await audio.prepare(await factsFrom(path), new Map());
    const session = await openLoop(path);
    const { probabilities, step } = await answerOf(ready, session, ready.examples[0]!.input);
    await session.release();
    const heardIn = (from: number, to: number): number => {
      const part = probabilities.slice(Math.ceil(from / step), Math.floor(to / step));
      return part.filter((one) => one > 0.5).length / part.length;
    };
    expect(heardIn(0, 0.4)).toBe(0);
    expect(heardIn(0.5, 2.8)).toBeGreaterThan(0.85);
    expect(heardIn(3, 5.2)).toBe(0);
  }, 30_000);
});
