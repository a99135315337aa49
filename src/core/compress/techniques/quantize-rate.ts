/**
 * Rounding for download: whole multiples of one step for each output channel, no blocks, and what the
 * codes cost is left to entropy coding (WaterSIC, arXiv 2603.04956).
 */
import { sitesOf, type Site } from '../../calibrate/sites.ts';
import { gridFor } from '../../math/grid.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { notDense } from '../dense.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionSpecs } from '../options.ts';
import { cellsForSites, withRatios, type CellOf } from '../rate/fold-ratios.ts';
import type { RateLayer } from '../rate/rate-layers.ts';
import { chooseRoundings, RatePasses, type Found } from '../rate/rate-passes.ts';
import { inOrder } from '../rate/side-by-side.ts';
import { fits } from '../rate/site-rounding.ts';
import { readyForCodes, storeCodes, type ReadyForCodes } from '../store-codes.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  bits: {
    type: 'number',
    label: 'Bits when coded',
    help: 'Bits per weight in a coded file, scales counted, all weights together. Stored and in memory each weight takes 8.',
    default: 4,
    min: 1.5,
    max: 8,
    step: 0.1,
    integer: false,
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

/** As DequantizeLinear takes it with one scale for each output channel. */
const storage = { bits: 8, blockSize: 0, symmetric: true, scales: 'float16' } as const;

export const quantizeRate = technique({
  family: 'quantize',
  label: 'Rounding for download',
  summary:
    'Rounds to whole multiples of a step, q = round(w ÷ (t·s)), and leaves it to entropy coding that small codes are frequent: less error for each downloaded bit than blocks. ' +
    'Errors are fed back as in GPTQ, and t, which goes into the norm or layer before, lets each input channel add as much to the error (WaterSIC, arXiv 2603.04956). ' +
    'Only the coded file is small: stored and in memory each weight takes a byte. Hurts most models below 3 bits.',
  options,
  needs: () => ['calibration'],
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  async apply(model, chosen, context) {
    const ready = await readyForCodes(model, storage, context);
    if (ready.weights.length === 0) return model;
    const keys = new Set(ready.weights.map(({ key }) => key));
    const cellOf = cellsForSites(ready.model, keys);
    const layersOf = layersFor(ready);
    const sited = layersOf(ready.model).filter(({ site }) => site);
    const survey = await chooseRoundings(ready.model, sited, cellOf, chosen, context);
    const folded = await withRatios(ready.model, survey.roundings, cellOf);
    const layers = layersOf(folded);
    const passes = new RatePasses(ready.model, layers, survey, chosen, context);
    const found = await passes.search();
    noteOn(layers, cellOf, survey.from, found, context);
    const edit = new ModelEdit(folded);
    for (const { weight, form } of layers) {
      const { codes, steps, scaleType } = found.rounded.get(weight.key)!;
      const coded = { codes: inOrder(codes, form.layout), scales: steps };
      storeCodes(edit, weight, form, coded, gridFor(storage.bits, storage.symmetric, scaleType));
    }
    return edit.done();
  },
});

/** The chosen weights of a model, each with its form and the place where its inputs are collected. */
function layersFor(ready: ReadyForCodes): (model: Model) => RateLayer[] {
  const keys = new Set(ready.weights.map(({ key }) => key));
  const { sites } = sitesOf(ready.model, ready.weights);
  const siteOf = new Map<string, Site>(
    sites.flatMap((site) => site.weights.map((key) => [key, site] as const)),
  );
  return (model) =>
    findWeights(model)
      .filter(({ key }) => keys.has(key))
      .map((weight) => {
        const form = ready.form(weight);
        const site = siteOf.get(weight.key);
        return { weight, form, ...(site && fits(form, site) ? { site } : {}) };
      });
}

function noteOn(
  layers: readonly RateLayer[],
  cellOf: CellOf,
  from: string | undefined,
  { bits }: Found,
  { note }: Context,
): void {
  const named = (some: readonly RateLayer[]): string =>
    some.map(({ weight }) => `"${weight.key}"`).join(', ');
  if (from !== undefined) {
    note(
      `Inputs come from ${from}; the result is the same wherever the runtime computes the same.`,
    );
  }
  note(`${bits.toFixed(2)} bits for a weight when coded; stored and in memory 8.`);
  const alone = layers.filter(({ site }) => !site);
  if (alone.length > 0) {
    note(
      `Rounded to the nearest, since what they are multiplied with is not known: ${named(alone)}.`,
    );
  }
  const even = layers.filter(({ site }) => site && !cellOf(site));
  if (even.length > 0) {
    note(
      `One step for all input channels, since nothing before them can take up factors: ${named(even)}.`,
    );
  }
}
