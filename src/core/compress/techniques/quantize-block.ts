/**
 * Rounds weights to a few bits with one scale per block: w ≈ (code − zero point) · scale. Blocks bound
 * the damage of an outlier to its neighbors (Dettmers and Zettlemoyer, "The case for 4-bit precision",
 * 2023); within each, a search finds the scale, its sign and the zero point that err least.
 */
import { Scratch } from '../../onnx/bytes.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { loadFinite, notDense } from '../dense.ts';
import { bitsOption, blockSizeOption, scalesOption, symmetricOption } from '../grid-options.ts';
import { importanceOf } from '../importance.ts';
import { inFlight } from '../in-flight.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { readyForCodes, storeCodes, type ReadyForCodes } from '../store-codes.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  bits: bitsOption,
  blockSize: blockSizeOption,
  symmetric: symmetricOption,
  fit: {
    type: 'choice',
    label: 'Scales',
    help: 'A search takes seconds and errs less at the same size. Plain rounding takes the range of each block, as most tools do.',
    default: 'search',
    choices: [
      { value: 'search', label: 'searched for the least error' },
      { value: 'range', label: 'from the range (plain rounding)' },
    ],
  },
  scales: scalesOption,
  weighting: {
    type: 'choice',
    label: 'Errors count',
    help: 'By the inputs: an error counts as much as what it is multiplied with, as seen on samples.',
    default: 'even',
    choices: [
      { value: 'even', label: 'all alike' },
      { value: 'calibration', label: 'by the inputs, on samples' },
    ],
    only: { option: 'fit', is: ['search'] },
  },
  data: { ...calibrationDataOption, only: { option: 'weighting', is: ['calibration'] } },
  samples: { ...mostSamplesOption, only: { option: 'weighting', is: ['calibration'] } },
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

const isWeighted = ({ fit, weighting }: Options): boolean =>
  fit === 'search' && weighting === 'calibration';

export const quantizeBlock = technique({
  family: 'quantize',
  label: 'Block quantization',
  summary:
    'Rounds each weight to a few bits and keeps one scale per block of neighbors: w ≈ (code − zero point) · scale. ' +
    'A search finds the scale of least squared error, of either sign, so that the spare code goes to the longer tail. ' +
    'Saves download and memory everywhere; saves time only where the device computes with codes. ' +
    'Hurts small models at 4 bits and nearly every model at 2 bits; three and two values are exhibits.',
  options,
  needs: (chosen) => (isWeighted(chosen) ? ['calibration'] : []),
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  async apply(model, chosen, context) {
    const symmetric = chosen.symmetric || chosen.bits < 2;
    const ready = await readyForCodes(model, { ...chosen, symmetric }, context);
    const { weights } = ready;
    if (weights.length === 0) return model;
    const importance = isWeighted(chosen) ? await weighted(ready, chosen, context) : undefined;
    const { crew, signal, progress } = context;
    const before = importance ? weights.length : 0;
    const edit = new ModelEdit(ready.model);
    const scratches = Array.from({ length: crew.size }, () => new Scratch());
    const start = async (weight: Weight, place: number) => {
      const { layout, kernelBlock: blockSize } = ready.form(weight);
      const input = {
        weights: await loadFinite(weight, scratches[place]),
        layout,
        blockSize,
        grid: ready.grid(weight),
      };
      if (chosen.fit === 'range') return crew.run('round-blocks', input, signal);
      const own = importance?.get(weight.key);
      return crew.run('fit-blocks', { ...input, ...(own ? { importance: own } : {}) }, signal);
    };
    let done = 0;
    const tell = (key: string) => progress(before + done, before + weights.length, key);
    tell(weights[0]!.key);
    for await (const [weight, coded] of inFlight(weights, crew.size, start)) {
      signal.throwIfAborted();
      storeCodes(edit, weight, ready.form(weight), coded, ready.grid(weight));
      done++;
      tell(weights[Math.min(done, weights.length - 1)]!.key);
    }
    return edit.done();
  },
});

/** The importance of every weight that has one; half of the progress. */
function weighted({ model, weights, form }: ReadyForCodes, chosen: Options, context: Context) {
  const layoutOf = (weight: Weight) => form(weight).layout;
  return importanceOf(model, weights, layoutOf, chosen, context, (share) => {
    const count = weights.length;
    context.progress(share * count, 2 * count, weights[0]!.key);
  });
}
