/** A sound to try a voice detector with where none came with it: babble, then tones and noise. */
import { createRandom, type Random } from '../../core/math/random.ts';
import type { Sound } from './wav.ts';

const rate = 16_000;

/** Resonances of the vocal tract in Hz, of an adult's vowels (Peterson and Barney 1952). */
const vowels: readonly (readonly number[])[] = [
  [730, 1090, 2440],
  [570, 840, 2410],
  [270, 2290, 3010],
  [530, 1840, 2480],
  [300, 870, 2240],
];
/** Their widths in Hz (Klatt 1980). */
const widths = [80, 100, 150];

/** Seconds of each syllable's hiss and vowel, and of the pause after every third. */
const [hissing, voicing, pausing] = [0.06, 0.18, 0.12];
const syllables = 9;
/** Seconds of quiet before the babble and after it. */
const quiet = 0.4;

/** Speech from 0.4 to 2.9 seconds and none until 5.2, the same each time. */
export function sampleSound(): Sound {
  const random = createRandom(4);
  const parts = [silence(quiet)];
  for (let index = 0; index < syllables; index++) {
    parts.push(hiss(random), vowel(random, index / syllables));
    if (index % 3 === 2) parts.push(silence(pausing));
  }
  parts.push(silence(quiet), tone(440), silence(0.2), tone(1000), silence(0.2), radio(random));
  return { samples: joined(parts), rate };
}

const silence = (seconds: number): Float32Array => new Float32Array(Math.round(seconds * rate));

function joined(parts: readonly Float32Array[]): Float32Array {
  const samples = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

/** Scaled to a peak, with soft edges. */
function shaped(sound: Float32Array, peak: number): Float32Array {
  const loudest = sound.reduce((most, sample) => Math.max(most, Math.abs(sample)), 1e-9);
  const edge = 0.02 * rate;
  return sound.map((sample, at) => {
    const rise = Math.min(1, at / edge, (sound.length - 1 - at) / edge);
    return (sample / loudest) * peak * rise;
  });
}

/** As in “s”: noise around 5 kHz. */
function hiss(random: Random): Float32Array {
  const noise = silence(hissing).map(() => random.normal());
  return shaped(
    resonated(noise, () => 5000, 2000),
    0.12,
  );
}

/** Glides from one vowel to another; `share` of the phrase lies before it. */
function vowel(random: Random, share: number): Float32Array {
  const [from, to] = [
    vowels[random.integer(vowels.length)]!,
    vowels[random.integer(vowels.length)]!,
  ];
  let sound = pulses(random, 135 - 30 * share);
  widths.forEach((width, index) => {
    const glide = (part: number): number => from[index]! + (to[index]! - from[index]!) * part;
    sound = resonated(sound, glide, width);
  });
  return shaped(sound, 0.5);
}

/** What the vocal folds give, at a pitch in Hz that sinks and trembles: the slope of Rosenberg's pulses (1971), and breath. */
function pulses(random: Random, pitch: number): Float32Array {
  const [opening, closing] = [0.4, 0.16];
  let phase = 0;
  let trembling = pitch;
  return silence(voicing).map((_, at, { length }) => {
    phase += (trembling * (1.05 - (0.15 * at) / length)) / rate;
    if (phase >= 1) {
      phase -= 1;
      trembling = pitch * (1 + 0.01 * random.normal());
    }
    const breath = 0.02 * random.normal();
    if (phase < opening) return breath + Math.sin((Math.PI * phase) / opening) / opening;
    if (phase > opening + closing) return breath;
    return breath - Math.sin((Math.PI * (phase - opening)) / (2 * closing)) / closing;
  });
}

const tone = (frequency: number): Float32Array =>
  shaped(
    silence(0.5).map((_, at) => Math.sin((2 * Math.PI * frequency * at) / rate)),
    0.3,
  );

/** As of a radio between two stations. */
const radio = (random: Random): Float32Array =>
  shaped(
    silence(0.5).map(() => random.normal()),
    0.2,
  );

/** Through a resonator of two poles, whose frequency may change on the way (from 0 to 1). */
function resonated(
  input: Float32Array,
  frequencyAt: (part: number) => number,
  bandwidth: number,
): Float32Array {
  const radius = Math.exp((-Math.PI * bandwidth) / rate);
  let [before, last] = [0, 0];
  return input.map((sample, at) => {
    const angle = (2 * Math.PI * frequencyAt(at / input.length)) / rate;
    const now = sample + 2 * radius * Math.cos(angle) * last - radius ** 2 * before;
    [before, last] = [last, now];
    return now;
  });
}
