import { describe, expect, test } from 'vitest';

import { resample } from '../../../src/tasks/audio/resample.ts';
import { readWav } from '../../../src/tasks/audio/wav.ts';

/** A .wav file with one chunk before its data that nobody needs. */
function wav(
  { tag = 1, channels = 1, rate = 8000, bits = 16, extensible = 0 },
  data: Uint8Array,
  claimed = data.length,
): Uint8Array {
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  format.setUint16(0, extensible ? 0xfffe : tag, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, (rate * channels * bits) / 8, true);
  format.setUint16(12, (channels * bits) / 8, true);
  format.setUint16(14, bits, true);
  if (extensible) format.setUint16(24, extensible, true);
  const chunk = (name: string, bytes: Uint8Array, length = bytes.length): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(length);
    return Buffer.concat([Buffer.from(name), size, bytes, Buffer.alloc(bytes.length % 2)]);
  };
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('LIST', Buffer.from('odd')),
    chunk('fmt ', new Uint8Array(format.buffer)),
    chunk('data', data, claimed),
  ]);
  return new Uint8Array(chunk('RIFF', body));
}

const bytesOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

describe('.wav', () => {
  test.each([
    ['8 bits', { bits: 8 }, Uint8Array.of(0, 128, 192), [-1, 0, 0.5]],
    ['16 bits', {}, bytesOf(Int16Array.of(-32768, 0, 16384)), [-1, 0, 0.5]],
    ['24 bits', { bits: 24 }, Uint8Array.of(0, 0, 0x80, 0, 0, 0, 0, 0, 0x40), [-1, 0, 0.5]],
    ['32 bits', { bits: 32 }, bytesOf(Int32Array.of(-(2 ** 31), 0, 2 ** 30)), [-1, 0, 0.5]],
    ['float', { tag: 3, bits: 32 }, bytesOf(Float32Array.of(-1, 0, 0.5)), [-1, 0, 0.5]],
    ['double', { tag: 3, bits: 64 }, bytesOf(Float64Array.of(-1, 0.5)), [-1, 0.5]],
    ['extensible', { extensible: 3, bits: 32 }, bytesOf(Float32Array.of(0.25)), [0.25]],
    ['stereo', { channels: 2 }, bytesOf(Int16Array.of(16384, 0, -16384, -16384)), [0.25, -0.5]],
  ] as const)('%s', (_, format, data, samples) => {
    const sound = readWav('a.wav', wav(format, data));
    expect([...sound.samples]).toEqual([...samples]);
    expect(sound.rate).toBe(8000);
  });

  test('a recording that was cut off keeps what came before', () => {
    const bytes = wav({}, bytesOf(Int16Array.of(16384, -16384)), 4_000_000_000);
    expect([...readWav('a.wav', bytes).samples]).toEqual([0.5, -0.5]);
    expect(readWav('a.wav', bytes.subarray(0, -1)).samples.length).toBe(1);
  });

  test.each([
    ['is no .wav file', new TextEncoder().encode('OggS, which is something else')],
    ['is no .wav file', new Uint8Array(3)],
    ['holds no sound', wav({}, new Uint8Array(0))],
    ['holds no sound', wav({ channels: 2 }, new Uint8Array(3))],
    ['format 85', wav({ tag: 85 }, new Uint8Array(8))],
    ['0 channels', wav({ channels: 0 }, new Uint8Array(8))],
    ['at 0 Hz', wav({ rate: 0 }, new Uint8Array(8))],
    ['12 bits', wav({ bits: 12 }, new Uint8Array(8))],
    ['whole numbers of 40 bits', wav({ bits: 40 }, new Uint8Array(10))],
    ['does not say how', wav({}, new Uint8Array(4)).subarray(0, 40)],
  ])('refuses in words: %s', (words, bytes) => {
    expect(() => readWav('a.wav', bytes)).toThrow(words);
  });
});

describe('another rate', () => {
  const tone = (rate: number, frequency: number): Float32Array =>
    Float32Array.from({ length: rate }, (_, at) => Math.sin((2 * Math.PI * frequency * at) / rate));

  test.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [8_000, 16_000],
    [22_050, 16_000],
  ])('a tone at %i is the same tone at %i', (from, to) => {
    const found = resample(tone(from, 440), from, to);
    const expected = tone(to, 440);
    expect(found.length).toBe(to);
    // Not the ends, where there is silence on one side.
    for (let at = 200; at < to - 200; at++) expect(found[at]).toBeCloseTo(expected[at]!, 2);
  });

  test('what the new rate can not hold is left out, not folded back', () => {
    const found = resample(tone(48_000, 11_000), 48_000, 16_000).subarray(200, -200);
    expect(Math.max(...found.map(Math.abs))).toBeLessThan(0.01);
  });

  test('the same rate is the same signal', () => {
    const samples = tone(8000, 100);
    expect(resample(samples, 8000, 8000)).toBe(samples);
  });
});
