/** A sound to try a model with where none came with it: a voice that says “a–o–i” between silences. */
import type { Sound } from './wav.ts';

const rate = 16_000;

/** Resonances of the vocal tract in Hz, of an adult's vowels (Peterson and Barney 1952). */
const vowels: readonly (readonly number[])[] = [
  [730, 1090, 2440],
  [570, 840, 2410],
  [270, 2290, 3010],
];

/** Seconds of silence before each vowel, and of the vowel. */
const [rest, voiced] = [0.7, 0.6];

/** About four seconds. Pulses at the pitch of a voice go through each vowel's resonances (Klatt 1980). */
export function sampleSound(): Sound {
  const each = Math.round((rest + voiced) * rate);
  const samples = new Float32Array(vowels.length * each + Math.round(rest * rate));
  vowels.forEach((formants, index) => {
    samples.set(vowel(formants), index * each + Math.round(rest * rate));
  });
  return { samples, rate };
}

function vowel(formants: readonly number[]): Float32Array {
  const count = Math.round(voiced * rate);
  let sound = pulses(count);
  for (const frequency of formants) sound = resonated(sound, frequency, 60 + frequency / 25);
  const peak = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return sound.map((sample, at) => {
    const edge = Math.min(1, at / 800, (count - 1 - at) / 1600);
    return (sample / peak) * 0.5 * edge;
  });
}

/** One pulse at each period; the pitch falls from 130 to 100 Hz, as at the end of a word. */
function pulses(count: number): Float32Array {
  const train = new Float32Array(count);
  let phase = 1;
  for (let at = 0; at < count; at++) {
    phase += (130 - (30 * at) / count) / rate;
    if (phase < 1) continue;
    phase -= 1;
    train[at] = 1;
  }
  return train;
}

/** A resonator of two poles. */
function resonated(input: Float32Array, frequency: number, bandwidth: number): Float32Array {
  const radius = Math.exp((-Math.PI * bandwidth) / rate);
  const turn = 2 * radius * Math.cos((2 * Math.PI * frequency) / rate);
  const output = new Float32Array(input.length);
  let [before, last] = [0, 0];
  for (let at = 0; at < input.length; at++) {
    const now = (input[at] ?? 0) + turn * last - radius ** 2 * before;
    [before, last] = [last, now];
    output[at] = now;
  }
  return output;
}
