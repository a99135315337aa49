/** Rotation of the residual stream (Ashkboos et al., "QuaRot", 2024; Liu et al., "SpinQuant", 2024: R1). */
import { roundBlocks } from '../../math/grid-round.ts';
import { gridFor } from '../../math/grid.ts';
import { randomRotation, type Rotation } from '../../math/orthogonal.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { blockForm } from '../block-form.ts';
import { FoldGraph } from '../fold/fold-graph.ts';
import { noteRest } from '../fold/notes.ts';
import { streamsOf } from '../fold/residual-stream.ts';
import { rotationPlan, type RotationPlan } from '../fold/rotatable.ts';
import { rotatedWeights, rotateStream } from '../fold/rotate-stream.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionSpecs } from '../options.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  tries: {
    type: 'number',
    label: 'Tries',
    help: 'Random rotations to choose from: the one after which rounding to 4 bits in blocks of 32 errs least is taken.',
    default: 4,
    min: 1,
    max: 16,
    step: 1,
    integer: true,
  },
} as const satisfies OptionSpecs;

export const rotate = technique({
  family: 'quantize',
  label: 'Rotate the residual stream',
  summary:
    'Turns the numbers that flow from layer to layer by a random orthogonal R: what writes them becomes W·R, what reads them Rᵀ·W, so that outliers are spread over all channels. ' +
    'Answers stay the same. It helps most with one scale for a whole channel, few bits and int8 activations, little in small blocks, and models without outliers lose by it; a tied head costs one more small product (Ashkboos et al., 2024). ' +
    'Only for transformers whose norms come before attention and MLP.',
  options,
  preserves: true,
  needs: () => [],
  targets(model) {
    const changing = new Set(plansOf(model).plans.flatMap(({ weights }) => weights));
    return findWeights(model).filter((weight) => changing.has(weight));
  },
  async apply(model, { tries }, context) {
    const { weights, note, signal } = context;
    const { plans, refused } = plansOf(model);
    const selected = new Set(weights.map(({ key }) => key));
    const whole = plans.filter((plan) => plan.weights.every(({ key }) => selected.has(key)));
    const edit = new ModelEdit(model);
    const changed = new Set<Weight>();
    const steps = whole.reduce((sum, plan) => sum + (tries + 1) * plan.weights.length, 0);
    let done = 0;
    const step = (key: string) => {
      signal.throwIfAborted();
      context.progress(done++, steps, key);
    };
    for (const [index, plan] of whole.entries()) {
      const random = context.random.fork(`stream ${index}`);
      const draw = (attempt: number) =>
        randomRotation(plan.channels, random.fork(`try ${attempt}`), plan.keepsMean);
      const rotation = draw(await bestOf(plan, tries, draw, step, note));
      await rotateStream(plan, rotation, edit, step);
      for (const weight of plan.weights) changed.add(weight);
      note(saidOf(plan));
    }
    signal.throwIfAborted();
    const last = [...changed].pop();
    if (last) context.progress(steps, steps, last.key);
    const reason =
      plans.length > whole.length
        ? 'not all weights around its residual stream are selected'
        : refused;
    noteRest(
      weights.filter((weight) => !changed.has(weight)),
      () => reason,
      note,
    );
    return edit.done();
  },
});

/** The streams that can be rotated, and a reason for weights that belong to none. */
function plansOf(model: Model): { plans: readonly RotationPlan[]; refused: string } {
  const graph = new FoldGraph(model);
  const { streams, refused } = streamsOf(graph);
  const found = streams.map((stream) => rotationPlan(graph, stream));
  const plans = found.filter((plan) => typeof plan !== 'string');
  const reasons = [...found.filter((plan) => typeof plan === 'string'), ...refused];
  const none = 'it neither reads nor writes a residual stream with norms before its layers';
  return { plans, refused: reasons[0] ?? none };
}

function saidOf({ channels, weights, norms, keepsMean }: RotationPlan): string {
  const mean = keepsMean ? ', which keeps the mean' : '';
  const careful = ', which few bits suit less than other weights ("…_rotation")';
  const tied = norms.some((one) => one.tied);
  const more = tied
    ? ` The head stays the embedding: a product of ${channels} × ${channels} goes before it${careful}.`
    : norms.some((one) => one.plain)
      ? ` A product of ${channels} × ${channels} turns the last norm back${careful}.`
      : '';
  return `Rotated a residual stream of ${channels} channels${mean}: ${weights.length} weights, ${norms.length} norms.${more}`;
}

/** The attempt whose weights lose least in rounding: Σ of relative squared errors. */
async function bestOf(
  plan: RotationPlan,
  tries: number,
  draw: (attempt: number) => Rotation,
  step: (key: string) => void,
  note: Context['note'],
): Promise<number> {
  const errors: number[] = [];
  for (let attempt = 0; attempt < tries && tries > 1; attempt++) {
    let sum = 0;
    for await (const { of: one, values } of rotatedWeights(plan, draw(attempt))) {
      step(one.weight!.key);
      sum += roundingError(one.weight!, values);
    }
    errors.push(sum / plan.weights.length);
  }
  if (errors.length === 0) return 0;
  const best = errors.reduce((at, error, attempt) => (error < errors[at]! ? attempt : at), 0);
  const percent = errors.map((error) => `${(100 * error).toFixed(3)} %`).join(', ');
  note(
    `Mean relative error of rounding with each rotation: ${percent}; the ${ordinal(best + 1)} is taken.`,
  );
  return best;
}

const ordinal = (count: number): string =>
  `${count}${count === 1 ? 'st' : count === 2 ? 'nd' : count === 3 ? 'rd' : 'th'}`;

const grid = gridFor(4, true, 'float32');

function roundingError(weight: Weight, values: Float32Array): number {
  const { layout, kernelBlock } = blockForm(weight, 32);
  const { codes, scales } = roundBlocks({ weights: values, layout, blockSize: kernelBlock, grid });
  const { axis, inner } = layout;
  const size = kernelBlock === 0 ? axis : kernelBlock;
  const count = Math.ceil(axis / size);
  let error = 0;
  let whole = 0;
  values.forEach((w, at) => {
    const k = Math.floor(at / inner) % axis;
    const slice = Math.floor(at / inner / axis);
    const scale = scales[(slice * count + Math.floor(k / size)) * inner + (at % inner)]!;
    const missed = codes[at]! * scale - w;
    error += missed * missed;
    whole += w * w;
  });
  return whole > 0 ? error / whole : 0;
}
