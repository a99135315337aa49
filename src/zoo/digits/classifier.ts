/** What the classifiers of digits share: the data, the files and the scores. */
import type { Random } from '../../core/math/random.ts';
import type { Model } from '../../core/onnx/types.ts';
import { imageClassifierFiles } from '../architectures/configs.ts';
import { withWeights } from '../architectures/weights.ts';
import type { Prepared, ReadMaterial, TrainingPlan } from '../zoo-model.ts';
import type { Deformation } from './augment.ts';
import { digitAccuracy, digitBatches } from './batches.ts';
import { deviation, mean, readMnist, side } from './mnist.ts';

export const trainedOnMnist =
  'The 60,000 training digits of MNIST (LeCun, Cortes and Burges, CC BY-SA 3.0), deformed anew in each pass.';

interface DigitClassifier {
  readonly plan: TrainingPlan;
  readonly batch: number;
  readonly deformation: Deformation;
  /** Draws the graph: to train with a number of images, to ship with `batch` of them. */
  readonly draw: (batch: number | string, random: Random) => Model;
  /** Sizes for config.json. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/** A classifier of digits, ready to be trained on MNIST. Quick scores come from the first 2,000 test digits. */
export async function prepareDigits(
  classifier: DigitClassifier,
  read: ReadMaterial,
  random: Random,
): Promise<Prepared> {
  const { plan, batch, deformation, draw, sizes = {} } = classifier;
  const written = await readMnist(read, 'train');
  const heldOut = await readMnist(read, 'test');
  const weights = random.fork('weights');
  return {
    plan,
    training: draw(batch, weights),
    batch: digitBatches(written, { size: batch, deformation, random: random.fork('batches') }),
    ship: (trained) => withWeights(draw('batch', weights), trained),
    files: imageClassifierFiles({
      labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
      side,
      channels: 1,
      mean,
      deviation,
      sizes,
    }),
    evaluate: (session, quick) => digitAccuracy(session, heldOut, quick ? 2000 : heldOut.count),
  };
}
