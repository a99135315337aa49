/**
 * A sound made in code, so that a view of audio shows something at once: hiss, a few syllables (pulses
 * of a voice through the resonances of vowels; Klatt 1980, in short), and a melody of plain tones.
 */
import { createRandom } from '../../../core/math/random.ts';
import type { AudioInput } from '../../../tasks/audio.ts';

const rate = 16000;

/** Resonances of a vowel, Hz. */
type Vowel = readonly [number, number, number];
const vowels: readonly Vowel[] = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
];
const widths = [80, 100, 140];

/** Eight seconds at 16 kHz: hiss throughout, syllables from 1.5 to 4 s, tones from 5 to 7 s. */
export function sampleSound(): AudioInput {
  const random = createRandom(1);
  const samples = Float32Array.from({ length: 8 * rate }, () => 0.002 * random.normal());
  const starts = [1.5, 1.85, 2.2, 2.55, 3.1, 3.45, 3.75];
  starts.forEach((start, index) => {
    const syllable = voiced(vowels[index % vowels.length]!, 0.26, 150 - 6 * index);
    addAt(samples, syllable, start);
  });
  [440, 554, 659, 880].forEach((pitch, index) => addAt(samples, tone(pitch, 0.4), 5 + index * 0.5));
  return { samples, rate };
}

function addAt(samples: Float32Array, part: Float32Array, second: number): void {
  const start = Math.round(second * rate);
  part.forEach((value, index) => {
    samples[start + index] = (samples[start + index] ?? 0) + value;
  });
}

/** Pulses whose pitch falls a little, through three resonances in a row. */
function voiced(vowel: Vowel, seconds: number, pitch: number): Float32Array {
  let phase = 1;
  const pulses = Float32Array.from({ length: seconds * rate }, (_, index) => {
    phase += (pitch * (1.1 - (0.3 * index) / (seconds * rate))) / rate;
    if (phase < 1) return 0;
    phase -= 1;
    return 1;
  });
  const voice = vowel.reduce(
    (sound, frequency, index) => resonate(sound, frequency, widths[index]!),
    pulses,
  );
  return faded(loud(voice, 0.4));
}

/** A second-order resonance with gain 1 at 0 Hz: y = a x + b y₁ + c y₂. */
function resonate(sound: Float32Array, frequency: number, width: number): Float32Array {
  const c = -Math.exp((-2 * Math.PI * width) / rate);
  const b = 2 * Math.exp((-Math.PI * width) / rate) * Math.cos((2 * Math.PI * frequency) / rate);
  const a = 1 - b - c;
  let [one, two] = [0, 0];
  return sound.map((x) => {
    const y = a * x + b * one + c * two;
    [one, two] = [y, one];
    return y;
  });
}

const tone = (pitch: number, seconds: number): Float32Array =>
  faded(
    Float32Array.from(
      { length: seconds * rate },
      (_, index) => 0.2 * Math.sin((2 * Math.PI * pitch * index) / rate),
    ),
  );

function loud(sound: Float32Array, peak: number): Float32Array {
  const most = sound.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-9);
  return sound.map((value) => (value * peak) / most);
}

/** 30 ms in and out, so that nothing clicks. */
function faded(sound: Float32Array): Float32Array {
  const edge = 0.03 * rate;
  return sound.map(
    (value, index) => value * Math.min(1, index / edge, (sound.length - 1 - index) / edge),
  );
}
