import { openAsBlob, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';

import { likeliest } from '../../src/tasks/classes.ts';
import type { ModelFacts } from '../../src/tasks/facts.ts';
import { configOf, featuresOf, fileType, fileTypeWords } from '../../src/tasks/file-type.ts';
import { taskFor } from '../../src/tasks/index.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { openLoop } from './loops/models.ts';
import { answerOf, factsFrom } from './through.ts';

const config = {
  beg_size: 4,
  end_size: 3,
  block_size: 6,
  padding_token: 256,
  min_file_size_for_dl: 2,
  medium_confidence_threshold: 0.5,
  target_labels_space: ['python', 'randomtxt', 'crt'],
  thresholds: { crt: 0.9 },
  overwrite_map: { randomtxt: 'txt' },
};
const small: ModelFacts = {
  inputs: [{ name: 'bytes', dtype: 'int32', dims: ['batch', 7] }],
  outputs: [{ name: 'scores', dtype: 'float32', dims: ['batch', 3] }],
  config,
  beside: [],
};

test('fits by the configuration, and only where the input has its size', () => {
  expect(fileType.fit(small).fits).toBe(true);
  expect(fileType.fit({ ...small, config: {} }).fits).toBe(false);
  expect(fileType.fit({ ...small, config: { ...config, beg_size: 5 } }).fits).toBe(false);
  expect(fileType.fit({ ...small, config: { ...config, padding_token: 'none' } }).fits).toBe(false);
});

test('the ends of a file without the spaces around them', async () => {
  const features = (text: string) => featuresOf(new Blob([text]), configOf(small)!);
  const codes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));
  expect([...(await features(' \tabcdefgh\n'))]).toEqual([...codes('abcd'), ...codes('fgh')]);
  expect([...(await features('ab'))]).toEqual([...codes('ab'), 256, 256, 256, ...codes('ab')]);
  // Only the beginning loses its leading spaces, and only the end its trailing ones.
  expect([...(await features('        x'))]).toEqual([256, 256, 256, 256, ...codes('  x')]);
  expect([...(await features(''))]).toEqual(new Array(7).fill(256));
});

test('says what is too small to tell, and when it is not sure', async () => {
  const ready = await fileType.prepare(small, new Map());
  const input = (text: string) => ({ name: 'note', bytes: new Blob([text]) });
  await expect(ready.plan(input(''))).rejects.toThrow('"note" has 0 bytes');
  await expect(ready.plan(input('       x'))).rejects.toThrow(
    '0 without the spaces at its beginning',
  );
  const words = (...probabilities: number[]) => fileTypeWords({ probabilities }, configOf(small)!);
  expect(words(0.7, 0.2, 0.1)).toBe('python 70.0 %');
  expect(words(0.4, 0.3, 0.3)).toBe('not sure, perhaps python 40.0 %');
  expect(words(0.2, 0.0, 0.8)).toBe('not sure, perhaps crt 80.0 %');
  expect(words(0.1, 0.9, 0.0)).toBe('txt 90.0 %');
});

interface FeatureExample {
  readonly args: Readonly<Record<string, number>>;
  readonly content_base64: string;
  readonly features: { readonly beg: number[]; readonly end: number[] };
}

interface InferenceExample {
  readonly prediction_mode: string;
  readonly content_base64: string;
  readonly prediction: {
    readonly dl: string;
    readonly output: string;
    readonly score: number;
    readonly overwrite_reason: string;
  };
}

const reference = (name: string): unknown =>
  JSON.parse(gunzipSync(readFileSync(sharedPath(`models/magika/${name}.json.gz`))).toString());
const blobOf = (base64: string): Blob => new Blob([Buffer.from(base64, 'base64')]);

describe.skipIf(!hasShared)(`magika${hasShared ? '' : `: ${skipReason}`}`, () => {
  test('all 9,261 published examples of features', async () => {
    const examples = reference('features_extraction_examples') as FeatureExample[];
    expect(examples.length).toBe(9261);
    const different: number[] = [];
    for (const [index, { args, content_base64: content, features }] of examples.entries()) {
      const found = await featuresOf(blobOf(content), {
        beginning: args['beg_size']!,
        end: args['end_size']!,
        block: args['block_size']!,
        padding: args['padding_token']!,
        least: 0,
      });
      const expected = [...features.beg, ...features.end];
      if (expected.some((value, at) => found[at] !== value)) different.push(index);
    }
    expect(different).toEqual([]);
  }, 60_000);

  test('all published answers: labels, scores, and what is told of them', async () => {
    const path = sharedPath('models/magika/model.onnx');
    const files = new Map([
      ['config.json', await openAsBlob(sharedPath('models/magika/config.json'))],
    ]);
    const facts = await factsFrom(path, files);
    expect(taskFor(facts).id).toBe('file-type');
    const ready = await fileType.prepare(facts, files);
    const session = await openLoop(path);
    const examples = reference('standard_v3_3-inference_examples_by_content') as InferenceExample[];
    const asked = examples.filter(({ prediction }) => prediction.dl !== 'undefined');
    expect([examples.length, asked.length]).toEqual([141, 129]);
    for (const { content_base64: content, prediction, prediction_mode: mode } of examples) {
      const input = { name: 'file', bytes: blobOf(content) };
      if (prediction.dl === 'undefined') {
        await expect(ready.plan(input)).rejects.toThrow('give a larger one');
        continue;
      }
      const answer = await answerOf(ready, session, input);
      const id = likeliest(answer);
      expect(ready.info.labels[id]).toBe(prediction.dl);
      expect(answer.probabilities[id]).toBeCloseTo(prediction.score, 4);
      // The words are those of the mode that is the reference's default; it tells unsure text as text.
      if (mode !== 'high_confidence' || prediction.dl === 'txt') continue;
      const isSure = prediction.overwrite_reason !== 'low_confidence';
      const told = isSure ? prediction.output : `not sure, perhaps ${prediction.dl}`;
      expect(ready.words(answer).replace(/ [\d.]+ %$/, '')).toBe(told);
    }
    await session.release();
  }, 30_000);

  test('knows its own samples', async () => {
    const path = sharedPath('models/magika/model.onnx');
    const files = new Map([
      ['config.json', await openAsBlob(sharedPath('models/magika/config.json'))],
    ]);
    const ready = await fileType.prepare(await factsFrom(path, files), files);
    const session = await openLoop(path);
    const told: string[] = [];
    for (const { input } of ready.examples) {
      told.push(ready.words(await answerOf(ready, session, input)).split(' ')[0]!);
    }
    expect(told).toEqual(['python', 'html', 'csv']);
    await session.release();
  });
});
