/** Finds the samples that a training asks for. */
import type { Samples } from '../src/core/compress/training.ts';
import { RecipeError } from '../src/core/errors.ts';
import { inputSpecsOf, type InputSpec } from '../src/core/evaluate/inputs.ts';
import { createRandom } from '../src/core/math/random.ts';
import { outputsOf } from '../src/core/onnx/signature.ts';
import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { Runtime } from '../src/core/runtime.ts';
import {
  digits,
  feedOf,
  guessScaling,
  imageOf,
  probabilitiesOf,
  scalings,
  type Scaling,
} from '../src/tasks/digits.ts';
import { sampleDigits } from '../src/tasks/sample-digits.ts';
import { randomSamples } from '../src/tasks/samples/random-samples.ts';
import { ownList, readOwnFiles, readSet, type Files } from '../src/tasks/samples/sample-files.ts';
import { samplesOf, type SampleSet } from '../src/tasks/samples/sample-set.ts';
import { generateDigits } from '../src/zoo/digits/generate.ts';

export interface SampleSources {
  /** The model before the first step. */
  readonly model: Model;
  /** For models that do not say how gray a pixel is. */
  readonly runtime: Runtime;
  /** Files that came with the model. */
  readonly beside: Files;
  /** Files that the visitor chose. */
  readonly own: Files;
}

/** Enough for a healing of some hundred steps, and drawn within seconds. */
const digitCount = 4000;

/** The samples of a kind. Errors: RecipeError where there are none, ModelError. */
export async function findSamples(kind: string, sources: SampleSources): Promise<Samples> {
  const { model, beside, own } = sources;
  const inputs = await inputSpecsOf(model);
  if (kind === 'generated') return randomSamples(inputs);
  if (kind === 'own') return samplesOf(await readOwnFiles(own, inputs), inputs);
  const list = ownList(beside.keys());
  if (list !== undefined) return samplesOf(await readSet(list, beside), inputs);
  const input = inputs[0];
  if (input && digits.matches({ inputs, outputs: outputsOf(model) })) {
    return samplesOf(await generatedDigits(input, sources), inputs);
  }
  throw new RecipeError(
    'This model came without samples of its own. Choose random inputs or files of your own as “Data”.',
  );
}

/** Digits in our own hand, in the grays that the model knows them by. */
async function generatedDigits(input: InputSpec, sources: SampleSources): Promise<SampleSet> {
  const { apply } = scalings[await scalingOf(input, sources)];
  const { images, labels } = generateDigits(digitCount, createRandom(0));
  const sizes = input.dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : 1));
  const data = Float32Array.from(images, (gray) => apply(gray / 255));
  return {
    label: `${digitCount.toLocaleString('en-US')} generated digits`,
    inputs: new Map([[input.name, { dims: [digitCount, ...sizes], data }]]),
    targets: { dims: [digitCount], data: labels },
    names: Array.from(labels, (label) => `a ${label}`),
  };
}

async function scalingOf(input: InputSpec, { model, runtime }: SampleSources): Promise<Scaling> {
  const session = await runtime.createSession(writeOnnx(model));
  try {
    const { scaling } = await guessScaling(sampleDigits.map(imageOf), async (image, tried) => {
      const outputs = await session.run({ [input.name]: feedOf(image, input, tried) });
      const [output] = Object.values(outputs);
      return output ? probabilitiesOf(output) : [];
    });
    return scaling;
  } finally {
    await session.release();
  }
}
