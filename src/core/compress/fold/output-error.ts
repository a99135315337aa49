/** How far the answers of models are from the original's, on samples that nothing was fitted to. */
import { runBatches } from '../../calibrate/runs.ts';
import { sharesOf } from '../../calibrate/shares.ts';
import type { Model } from '../../onnx/types.ts';
import type { Value } from '../../runtime.ts';
import type { SampleKind } from '../calibration.ts';
import type { Context } from '../technique.ts';

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
  const chosen = held.length > 0 ? held : batches;
  const answers: Readonly<Record<string, Value>>[] = [];
  let kept = 0;
  const options = { runtime, signal };
  for (const batch of chosen) {
    if (kept > mostNumbers) break;
    await runBatches(original, samples, [batch], (outputs) => answers.push(outputs), options);
    const sizes = Object.values(answers[answers.length - 1] ?? {}).map((one) => one.data.length);
    kept += sizes.reduce((all, size) => all + size, 0);
  }
  const errors: number[] = [];
  for (const model of models) {
    const sums = new Map<string, { missed: number; whole: number }>();
    let index = 0;
    const judged = chosen.slice(0, answers.length);
    await runBatches(
      model,
      samples,
      judged,
      (outputs) => compare(answers[index++]!, outputs, sums),
      options,
    );
    errors.push(meanOf([...sums.values()]));
  }
  return errors;
}

function compare(
  answers: Readonly<Record<string, Value>>,
  outputs: Readonly<Record<string, Value>>,
  sums: Map<string, { missed: number; whole: number }>,
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

function meanOf(sums: readonly { readonly missed: number; readonly whole: number }[]): number {
  const shares = sums.map(({ missed, whole }) => (whole > 0 ? missed / whole : missed));
  return shares.reduce((all, share) => all + share, 0) / Math.max(1, shares.length);
}
