/** Speech or no speech, moment by moment. */
import { ModelError } from '../core/errors.ts';
import { numbersOf } from '../core/evaluate/values.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Value } from '../core/runtime.ts';
import { typedData } from './arrays/typed.ts';
import { audioFigures, speechWords } from './audio/figures.ts';
import { resample } from './audio/resample.ts';
import { sampleSound } from './audio/sample-sound.ts';
import { readWav } from './audio/wav.ts';
import type { ModelFacts } from './facts.ts';
import { fileNameOf, type Files } from './files.ts';
import type { Chunk, ChunkOf, WindowsRequest } from './loops/loop.ts';
import { task, type Example } from './task.ts';

export interface AudioInput {
  /** One channel, −1 to 1. */
  readonly samples: Float32Array;
  /** Samples in a second. */
  readonly rate: number;
}

export interface AudioInfo {
  /** Samples in a second that the model takes; others are resampled. */
  readonly rate: number;
  /** Seconds between two probabilities. */
  readonly step: number;
}

export interface AudioAnswer {
  /** One for each step. */
  readonly probabilities: Float32Array;
  readonly step: number;
}

/** Silero's model takes 32 ms at a time, and since its fifth version the 4 ms before them as well. */
const rate = 16_000;
const hop = 512;
const overlap = 64;
const step = hop / rate;

/** An hour; a longer one would take a page minutes, and its memory. */
const longest = 3600;

interface Shape {
  readonly sound: InputSpec;
  readonly state: InputSpec;
  readonly rate: InputSpec;
}

const needs =
  'It takes a model with an input for samples, one named "state" and one named "sr", as Silero’s voice detectors have them.';

function shapeOf({ inputs }: ModelFacts): Shape | undefined {
  const isReal = ({ dtype }: InputSpec): boolean => dtype === 'float32' || dtype === 'float16';
  const state = inputs.find((one) => one.name === 'state' && isReal(one) && one.dims.length === 3);
  const rateInput = inputs.find(({ name, dtype }) => name === 'sr' && dtype === 'int64');
  const sound = inputs.find((one) => one !== state && isReal(one) && one.dims.length === 2);
  if (!state || !rateInput || !sound || inputs.length !== 3) return undefined;
  return { sound, state, rate: rateInput };
}

function request(samples: Float32Array, shape: Shape): WindowsRequest {
  const size = shape.state.dims.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 1));
  const count = size.reduce((product, dim) => product * dim, 1);
  return {
    input: shape.sound.name,
    samples,
    hop,
    overlap,
    feeds: {
      [shape.rate.name]: {
        dtype: 'int64',
        dims: shape.rate.dims.map(() => 1),
        data: BigInt64Array.of(BigInt(rate)),
      },
    },
    initial: { [shape.state.name]: valueOf(shape.state, size, new Float32Array(count)) },
  };
}

function valueOf(
  { name, dtype }: InputSpec,
  dims: readonly number[],
  numbers: Float32Array,
): Value {
  const data = typedData(dtype, numbers);
  if (data) return { dtype, dims, data };
  throw new ModelError(`Input "${name}" takes ${dtype}, which sound can't be given as.`);
}

/** Errors: ModelError for no sound, and for more than an hour. */
function checked({ samples, rate: given }: AudioInput): AudioInput {
  if (!Number.isFinite(given) || given < 1000 || given > 768_000) {
    throw new ModelError(`A rate of ${given} samples a second is none of sound. Record it again.`);
  }
  if (samples.length === 0) throw new ModelError('There is no sound in it. Record it again.');
  if (samples.length > longest * given) {
    const minutes = Math.round(samples.length / given / 60);
    throw new ModelError(`${minutes} minutes are too long. Cut the recording below an hour.`);
  }
  if (samples.every(Number.isFinite)) return { samples, rate: given };
  throw new ModelError('The recording has values that are no numbers. Save it again as PCM.');
}

/** The probability of each window: the first value of its first output. */
function probabilities(chunks: readonly Chunk[]): Float32Array {
  return Float32Array.from(chunks as readonly ChunkOf<'windows'>[], ({ outputs }) => {
    const [output] = Object.values(outputs);
    return output ? (numbersOf(output)[0] ?? NaN) : NaN;
  });
}

async function fromWav(path: string, blob: Blob): Promise<AudioInput> {
  const name = fileNameOf(path);
  return checked(readWav(name, new Uint8Array(await blob.arrayBuffer())));
}

const isWav = (path: string): boolean => /\.wav$/i.test(path);

async function soundsIn(files: Files): Promise<readonly Example<AudioInput>[]> {
  const examples: Example<AudioInput>[] = [];
  for (const [path, blob] of files) {
    if (isWav(path)) examples.push({ name: fileNameOf(path), input: await fromWav(path, blob) });
  }
  return examples;
}

export const audio = task<AudioInput, AudioAnswer, AudioInfo>({
  label: 'Audio',
  summary: 'Play both models a recording and watch where they hear speech.',
  view: 'audio',
  figures: audioFigures,
  fit: (model) =>
    shapeOf(model)
      ? { fits: true, because: 'it takes samples with a state and a rate' }
      : { fits: false, needs },
  async prepare(model, files) {
    const shape = shapeOf(model);
    if (!shape) throw new ModelError(`This model hears nothing. ${needs}`);
    const own = await soundsIn(files);
    return {
      info: { rate, step },
      examples: own.length > 0 ? own : [{ name: 'a voice, then tones', input: sampleSound() }],
      plan: (input) =>
        Promise.resolve(input).then((given) => {
          const { samples, rate: from } = checked(given);
          return { loop: 'windows', request: request(resample(samples, from, rate), shape) };
        }),
      answer: (chunks) => Promise.resolve({ probabilities: probabilities(chunks), step }),
      inputFrom(given) {
        if ('file' in given) return fromWav(given.file.name, given.file.blob);
        return Promise.reject(new ModelError('Give a recording: a .wav file.'));
      },
      async examplesFrom(data) {
        const examples = await soundsIn(data);
        if (examples.length > 0) return examples;
        throw new ModelError('There are no recordings among these files. Give .wav files.');
      },
      words: speechWords,
    };
  },
});
