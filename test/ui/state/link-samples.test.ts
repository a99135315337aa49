import { expect, test } from 'vitest';

import { staysWords } from '../../../src/ui/link/link-words.ts';
import {
  isSampleJson,
  sampleAt,
  samplesOf,
  sampleThatIs,
} from '../../../src/ui/state/link-samples.ts';

const voice = { samples: Float32Array.of(0.1, 0.2), rate: 16_000 };
const tones = { samples: Float32Array.of(0.3), rate: 8000 };
const samples = samplesOf('audio', {
  examples: [
    { name: 'a voice', input: voice },
    { name: 'tones', input: tones },
  ],
});

test('a sample that a view shows is known by its parts, a recording is not', () => {
  expect(sampleThatIs({ ...tones }, samples)?.name).toBe('tones');
  const recording = { samples: Float32Array.of(0.3), rate: 8000 };
  expect(sampleThatIs(recording, samples)).toBeUndefined();
  expect(sampleThatIs(undefined, samples)).toBeUndefined();
});

test('a link names a sample, and the page that opens it has one of that name or says so', () => {
  const json = { sample: 'tones' };
  expect([isSampleJson(json), isSampleJson({ text: 'sample' }), isSampleJson(null)]).toEqual([
    true,
    false,
    false,
  ]);
  expect(sampleAt(json, samples).input()).toBe(tones);
  expect(() => sampleAt({ sample: 'a whistle' }, samples)).toThrow(/“a whistle”, which this page/);
  expect(() => sampleAt({ sample: 7 }, samples)).toThrow(/text/);
});

test('what stays is said, and what the link opens with in its place', () => {
  expect(staysWords('audio', 'a voice')).toBe(
    'Your recording stays here, too large for an address: the link opens with “a voice” instead.',
  );
  expect(staysWords('tensors', undefined)).toMatch(/^Your input stays.*opens without it\.$/);
});
