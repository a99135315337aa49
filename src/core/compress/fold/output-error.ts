/** How far the answers of models are from the original's, on samples that nothing was fitted to. */
import { runBatches, type RunOptions } from '../../calibrate/runs.ts';
import { sharesOf, type Batch } from '../../calibrate/shares.ts';
import type { Model } from '../../onnx/types.ts';
import type { Value } from '../../runtime.ts';
import type { SampleKind } from '../calibration.ts';
import type { Context } from '../technique.ts';
import type { Samples } from '../training.ts';

/** Answers are kept for a comparison up to so many numbers. */
const mostNumbers = 2 ** 24;

/**
 * For each model Σ(y − ŷ)² / Σy², the mean over its outputs of real numbers. Infinity where answers have
 * another size. Errors: RecipeError without samples, RuntimeError, the signal's reason.
 */
export async function outputErrors(
  original: Model,
  models: readonly Model[],
  { data, samples: most }: { readonly data: SampleKind; readonly samples: number },
  { runtime, calibration, signal }: Context,
): Promise<number[]> {
  if (!runtime || !calibration) return models.map(() => 0);
  const samples = await calibration.samples(data);
  const { batches } = sharesOf(original, samples, most);
  const held = batches.filter(({ share }) => share === 'judge');
  const options = { runtime, signal };
  const judged = await affordable(original, samples, held.length > 0 ? held : batches, options);
  const answers: Readonly<Record<string, Value>>[] = [];
  await runBatches(original, samples, judged, (outputs) => answers.push(outputs), options);
  const errors: number[] = [];
  for (const model of models) {
    const sums = new Map<string, Sum>();
    let index = 0;
    const take = (outputs: Readonly<Record<string, Value>>) => {
      compare(answers[index++]!, outputs, sums);
    };
    await runBatches(model, samples, judged, take, options);
    errors.push(meanOf([...sums.values()]));
  }
  return errors;
}

interface Sum {
  missed: number;
  whole: number;
}

/** As many batches as have answers that can be kept, by the size of the first one's. */
async function affordable(
  model: Model,
  samples: Samples,
  batches: readonly Batch[],
  options: RunOptions,
): Promise<readonly Batch[]> {
  let size = 0;
  const take = (outputs: Readonly<Record<string, Value>>) => {
    for (const { data } of Object.values(outputs)) size += data.length;
  };
  await runBatches(model, samples, batches.slice(0, 1), take, options);
  return batches.slice(0, Math.max(1, Math.floor(mostNumbers / Math.max(1, size))));
}

function compare(
  answers: Readonly<Record<string, Value>>,
  outputs: Readonly<Record<string, Value>>,
  sums: Map<string, Sum>,
): void {
  for (const [name, { data: exact }] of Object.entries(answers)) {
    if (!(exact instanceof Float32Array)) continue;
    const sum = sums.get(name) ?? { missed: 0, whole: 0 };
    sums.set(name, sum);
    const found = outputs[name]?.data;
    if (!(found instanceof Float32Array) || found.length !== exact.length) {
      sum.missed = Infinity;
      continue;
    }
    exact.forEach((x, at) => {
      sum.missed += (x - found[at]!) ** 2;
      sum.whole += x * x;
    });
  }
}

function meanOf(sums: readonly Sum[]): number {
  const shares = sums.map(({ missed, whole }) => (whole > 0 ? missed / whole : missed));
  return shares.reduce((all, share) => all + share, 0) / Math.max(1, shares.length);
}
