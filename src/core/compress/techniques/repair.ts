/** Repairs of rounded weights that need no training: output scales and norms by least squares. */
import { loadKernels } from '../../kernels/index.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { heirsOf, referencesOf } from '../fold/heirs.ts';
import { noteRest, percent, sameWhere } from '../fold/notes.ts';
import { outputErrors } from '../fold/output-error.ts';
import { Repairs } from '../fold/repairs.ts';
import { visitSites } from '../fold/visit-sites.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  norms: {
    type: 'toggle',
    label: 'Refit norms',
    help: 'Fit the scales of norms, too, by least squares over all layers that read them.',
    default: true,
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export const repair = technique({
  family: 'quantize',
  label: 'Repair scales',
  summary:
    'Gives each output channel of a rounded layer the factor ⟨y, ŷ⟩/⟨ŷ, ŷ⟩ by which its answers err least, and the norms before layers the factors of a least squares fit; both go into scales that are stored anyway. ' +
    'Costs nothing when the model runs. ' +
    'Only what helps on samples that were not fitted to is kept; where rounding was fitted well there is little to gain.',
  options,
  needs: () => ['calibration'],
  targets: (model) => findWeights(model),
  async apply(model, choice, context) {
    const { weights, note, signal, progress } = context;
    const { heirs, refused } = heirsOf(model, await referencesOf(context), weights);
    const { linear } = await loadKernels();
    const repairs = new Repairs(model, heirs, linear);
    const keys = heirs.map(({ weight }) => weight);
    let done = 0;
    const visited = await visitSites(model, keys, choice, context, async (site, statistics) => {
      for (const key of site.weights) {
        signal.throwIfAborted();
        progress(done++, heirs.length, key);
        await repairs.rescale(key, statistics);
      }
      if (choice.norms) repairs.refit(site, statistics);
      repairs.forget(site);
    });
    signal.throwIfAborted();
    if (visited.from !== undefined) note(sameWhere('Inputs', visited.from));
    const { best, after } = await bestOf(model, repairs, choice, context);
    for (const text of best > 0 ? repairs.said(best > 1) : []) note(text);
    const changed = best > 0 ? repairs.changed : new Set<string>();
    const reason = ({ key }: Weight) =>
      refused.get(key) ??
      visited.refused.get(key) ??
      repairs.refused.get(key) ??
      'its answers did not get nearer to what they were';
    noteRest(
      weights.filter(({ key }) => !changed.has(key)),
      reason,
      note,
    );
    return after;
  },
});

/** Neither, new scales, or new norms too: what brings the answers nearest to the original's. */
async function bestOf(
  model: Model,
  repairs: Repairs,
  choice: OptionsOf<typeof options>,
  context: Context,
): Promise<{ best: number; after: Model }> {
  const candidates = [model, await repairs.done(false), await repairs.done(true)] as const;
  if (candidates.every((one) => one === model)) return { best: 0, after: model };
  const errors = await outputErrors(context.original, candidates, choice, context);
  const best = errors.reduce((at, error, index) => (error < errors[at]! ? index : at), 0);
  const [before = 0, scaled = 0, refitted = 0] = errors;
  const kept = ['nothing is changed', 'the scales are kept', 'both are kept'][best]!;
  context.note(
    `The answers' relative squared error: ${percent(before)} before, ${percent(scaled)} with new scales, ` +
      `${percent(refitted)} with new norms too; ${kept}.`,
  );
  return { best, after: candidates[best]! };
}
