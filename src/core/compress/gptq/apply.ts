/** Goes through a model part by part: collects inputs, rounds the layers, stores their codes. */
import { collectInputs } from '../../calibrate/collect.ts';
import { sitesOf, type Site } from '../../calibrate/sites.ts';
import { RecipeError } from '../../errors.ts';
import type { CodedBlocks } from '../../math/grid.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { loadFinite } from '../dense.ts';
import { ModelEdit } from '../model-edit.ts';
import { readyForCodes, storeCodes, type ReadyForCodes } from '../store-codes.ts';
import type { Context } from '../technique.ts';
import type { GptqOptions } from './options.ts';
import { reasonsFor, summaryOf, type LayerReport } from './report.ts';
import { roundLayer } from './round-layer.ts';
import { factorsOf } from './site-factors.ts';
import { partsFor } from './stages.ts';
import { Work } from './work.ts';

/** Errors: RecipeError without samples or runtime, ModelError, RuntimeError, the signal's reason. */
export async function applyGptq(
  model: Model,
  chosen: GptqOptions,
  context: Context,
): Promise<Model> {
  const { calibration, runtime } = context;
  if (!calibration || !runtime) {
    throw new RecipeError(
      'GPTQ looks at what flows through a model: give samples and a runtime to run it with, or take ' +
        'quantize-block, which needs neither.',
    );
  }
  const symmetric = chosen.symmetric || chosen.bits < 2;
  const ready = await readyForCodes(model, { ...chosen, symmetric }, context);
  if (ready.weights.length === 0) return model;
  // Before anything runs: a NaN among the weights would come out of the model as one among its inputs.
  for (const weight of ready.weights) await loadFinite(weight);
  const { sites, alone } = sitesFor(ready, context.note);
  const parts = partsFor(sites, ready.weights, chosen.inputs);
  const work = new Work(ready, sites, alone, context);
  let done = await storeAlone(ready, alone, work, context);
  const reports: LayerReport[] = [];
  for (const [index, part] of parts.entries()) {
    const { statistics, from } = await collectInputs(
      chosen.inputs === 'compressed' ? done : ready.model,
      part,
      {
        ...{ runtime, calibration, kind: chosen.data, most: chosen.samples },
        signal: context.signal,
        progress: (now, total) => work.collected(part, now / Math.max(total, 1)),
      },
    );
    if (index === 0) context.note(fromWhere(from, parts.length, chosen, runtime.device));
    const coded = new Map<string, CodedBlocks>();
    for (const site of part) {
      const own = statistics.get(site.key)!;
      const factors = await factorsOf(own, chosen, context.crew, context.signal);
      const rounded = await work.eachOf(site, async (weight, tick) => {
        const values = await loadFinite(weight);
        const { crew, signal } = context;
        const how = { form: ready.form(weight), grid: ready.grid(weight), site: factors };
        return roundLayer({ values, ...how, sweeps: chosen.sweeps, crew, signal, done: tick });
      });
      for (const [key, one] of rounded) {
        coded.set(key, one.coded);
        reports.push({ key, outcome: one.outcome, statistics: own });
      }
    }
    done = stored(done, coded, ready);
  }
  work.over();
  for (const sentence of summaryOf(reports)) context.note(sentence);
  return done;
}

/** Sites whose rows are what the weights sum over, and the weights without one, noted. */
function sitesFor(ready: ReadyForCodes, note: Context['note']) {
  const { sites, refused } = sitesOf(ready.model, ready.weights);
  const reasons = new Map(refused);
  const byKey = new Map(ready.weights.map((weight) => [weight.key, weight]));
  const fitting = sites.flatMap((site): Site[] => {
    const weights = site.weights.filter((key) => {
      const { axis, outer } = ready.form(byKey.get(key)!).layout;
      const fits = axis === site.channels && outer % site.groups === 0;
      if (!fits) reasons.set(key, 'what it sums over does not lie together');
      return fits;
    });
    return weights.length > 0 ? [{ ...site, weights }] : [];
  });
  const alone = ready.weights.filter(({ key }) => reasons.has(key));
  for (const sentence of reasonsFor(alone.map(({ key }) => [key, reasons.get(key)!])))
    note(sentence);
  return { sites: fitting, alone };
}

async function storeAlone(
  ready: ReadyForCodes,
  alone: readonly Weight[],
  work: Work,
  { crew, signal }: Context,
): Promise<Model> {
  const coded = new Map<string, CodedBlocks>();
  for (const weight of alone) {
    work.begin(weight);
    const weights = await loadFinite(weight);
    const { layout, kernelBlock: blockSize } = ready.form(weight);
    const grid = ready.grid(weight);
    coded.set(
      weight.key,
      await crew.run('fit-blocks', { weights, layout, blockSize, grid }, signal),
    );
    work.finished(weight);
  }
  return stored(ready.model, coded, ready);
}

function stored(
  model: Model,
  coded: ReadonlyMap<string, CodedBlocks>,
  ready: ReadyForCodes,
): Model {
  const edit = new ModelEdit(model);
  for (const weight of findWeights(model)) {
    const codes = coded.get(weight.key);
    if (codes) storeCodes(edit, weight, ready.form(weight), codes, ready.grid(weight));
  }
  return edit.done();
}

function fromWhere(from: string, parts: number, { inputs }: GptqOptions, device: string): string {
  const fed =
    inputs === 'compressed' && parts > 1
      ? `, in ${parts} parts, each from the model compressed so far`
      : '';
  return `Looked at ${from}${fed}. Statistics come from ${device}; another device may give other codes.`;
}
