/** Bias correction (Nagel et al., "Data-free quantization", 2019, §4.2). */
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { addBias, biasPlace, type BiasPlace } from '../fold/add-bias.ts';
import { computedType, FoldGraph } from '../fold/fold-graph.ts';
import { heirsOf, notComparable, valuesOf, type Heir } from '../fold/heirs.ts';
import { fitsStatistics } from '../fold/layer-matrix.ts';
import { noteRest } from '../fold/notes.ts';
import { outputErrors } from '../fold/output-error.ts';
import { visitSites } from '../fold/visit-sites.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

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
    'Comes after rounding or pruning, and before any fold. It is dropped where the answers do not get nearer to the original’s.',
  options,
  needs: () => ['calibration'],
  targets: (model) => findWeights(model),
  async apply(model, choice, context) {
    const { weights, note, signal, original, progress } = context;
    const { heirs, refused } = heirsOf(model, original, weights);
    const reasons = new Map(refused);
    const graph = new FoldGraph(model);
    const byKey = new Map(heirs.map((heir) => [heir.weight.key, heir]));
    const edit = new ModelEdit(model);
    const corrected: Weight[] = [];
    const { from, refused: unseen } = await visitSites(
      model,
      heirs.map(({ weight }) => weight),
      choice,
      context,
      async (site, statistics) => {
        for (const key of site.weights) {
          signal.throwIfAborted();
          const heir = byKey.get(key)!;
          progress(corrected.length, heirs.length, key);
          const place = placeOf(graph, heir);
          const reason =
            typeof place === 'string'
              ? place
              : !fitsStatistics(heir.layout, statistics)
                ? 'its inputs lie in another order than it'
                : await correct(heir, place, statistics.mean, statistics.groups, edit);
          if (reason === undefined) corrected.push(heir.weight);
          else reasons.set(key, reason);
        }
      },
    );
    signal.throwIfAborted();
    const after = edit.done();
    const { model: better, said } = await judged(model, after);
    const last = corrected.at(-1);
    if (last) progress(heirs.length, heirs.length, last.key);
    if (from !== undefined)
      note(
        `Means come from ${from}; the result is the same wherever the runtime computes the same.`,
      );
    const reason = ({ key }: Weight) =>
      reasons.get(key) ??
      unseen.get(key) ??
      (better === model ? said : 'a bias was corrected instead');
    if (better !== model) note(`${corrected.length} biases corrected; ${said}.`);
    noteRest(weights, reason, note);
    return better;

    /** The corrected model, where its answers are nearer to the original's. */
    async function judged(before: typeof model, now: typeof model) {
      if (now === before) return { model: before, said: 'nothing was to be corrected' };
      const [worse = 0, error = 0] = await outputErrors(original, [before, now], choice, context);
      const percent = (share: number) => `${(100 * share).toPrecision(3)} %`;
      const figures = `the answers' relative squared error is ${percent(error)} with and ${percent(worse)} without it`;
      return error < worse ? { model: now, said: figures } : { model: before, said: figures };
    }
  },
});

function placeOf(graph: FoldGraph, { consumer, layout }: Heir): BiasPlace | string {
  return biasPlace(graph, consumer.node, layout.outer * layout.inner);
}

/** Adds mean·(W − Ŵ) to the layer's bias; a reason where the two can't be compared. */
async function correct(
  heir: Heir,
  place: BiasPlace,
  mean: Float64Array,
  groups: number,
  edit: ModelEdit,
): Promise<string | undefined> {
  const { was, is } = await valuesOf(heir);
  const reason = notComparable(was, is, heir.layout);
  if (reason !== undefined) return reason;
  const { outer, axis, inner } = heir.layout;
  const amount = new Float64Array(outer * inner);
  for (let slice = 0; slice < outer; slice++) {
    const group = Math.floor((slice * groups) / outer);
    for (let k = 0; k < axis; k++) {
      const x = mean[group * axis + k]!;
      for (let i = 0; i < inner; i++) {
        const at = (slice * axis + k) * inner + i;
        amount[slice * inner + i]! += x * (was[at]! - is[at]!);
      }
    }
  }
  const { original } = heir;
  const dtype = computedType({ weight: original, consumer: original.consumers[0]! });
  await addBias(place, amount, original.name, dtype, edit);
  return undefined;
}
