/** Bias correction (Nagel et al., "Data-free quantization", 2019, §4.2). */
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { BiasCorrections } from '../fold/bias-corrections.ts';
import { heirsOf, referencesOf } from '../fold/heirs.ts';
import { noteRest, percent, sameWhere } from '../fold/notes.ts';
import { outputErrors } from '../fold/output-error.ts';
import { visitSites } from '../fold/visit-sites.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export const correctBias = technique({
  family: 'quantize',
  label: 'Correct biases',
  summary:
    'Rounding shifts the mean of what a layer gives; this adds the shift back: b′ = b + E[x]·(W − Ŵ), x being what flows into the layer now and W what the weight was. ' +
    'Costs one number for each channel; matters most for depthwise convolutions and few bits (Nagel et al., 2019). ' +
    'Comes after rounding or pruning, which may come after folds. It is dropped where the answers do not get nearer to the original’s.',
  options,
  needs: () => ['calibration'],
  targets: (model) => findWeights(model),
  async apply(model, choice, context) {
    const { weights, note, signal, progress } = context;
    const { heirs, refused } = heirsOf(model, await referencesOf(context), weights);
    const corrections = new BiasCorrections(model, heirs);
    const keys = heirs.map(({ weight }) => weight);
    let done = 0;
    const visited = await visitSites(model, keys, choice, context, (site, statistics) =>
      corrections.add(site, statistics, (key) => {
        signal.throwIfAborted();
        progress(done++, heirs.length, key);
      }),
    );
    signal.throwIfAborted();
    if (visited.from !== undefined) note(sameWhere('Means', visited.from));
    const after = corrections.done();
    const { error, before } = await judged(model, after, choice, context);
    const isBetter = error < before;
    if (after !== model) {
      const what = isBetter ? `${corrections.count} biases corrected` : 'Nothing is changed';
      const percents = `${percent(error)} with and ${percent(before)} without the correction`;
      note(`${what}: the answers' relative squared error is ${percents}.`);
    }
    const other = isBetter ? 'a bias was corrected instead' : 'correcting did not help';
    const reason = ({ key }: Weight) =>
      refused.get(key) ?? visited.refused.get(key) ?? corrections.refused.get(key) ?? other;
    noteRest(weights, reason, note);
    return isBetter ? after : model;
  },
});

async function judged(
  model: Model,
  after: Model,
  choice: OptionsOf<typeof options>,
  context: Context,
): Promise<{ error: number; before: number }> {
  if (after === model) return { error: 0, before: 0 };
  const [before = 0, error = 0] = await outputErrors(
    context.original,
    [model, after],
    choice,
    context,
  );
  return { error, before };
}
