/**
 * Products of 8-bit integers: weights are rounded once, activations at every run to the range that they
 * then have (W8A8). x·W ≈ (s · t_n) · Σ (code of x − zero point) · code of W, with s found at run time.
 */
import { mapGraphs } from '../../onnx/edit.ts';
import { withoutUnreachable } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { upgradeOpset } from '../../onnx/upgrade.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { loadFinite, notDense, withoutRefused } from '../dense.ts';
import { codeRangeOption } from '../integer/code-range.ts';
import { int8Grid, planInteger } from '../integer/integer-matrix.ts';
import { fittedInTurn } from '../integer/fitted.ts';
import { IntegerEdit } from '../integer/integer-edit.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

const options = {
  range: codeRangeOption,
  perChannel: {
    type: 'toggle',
    label: 'Per channel',
    help: 'A scale for each output instead of one for the whole weight: more exact, and as fast.',
    default: true,
  },
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

export const quantizeDynamic = technique({
  family: 'quantize',
  label: 'Dynamic int8',
  summary:
    'Rounds the weights of products to 8 bits, and their activations too, at every run, to the range that they then have: ' +
    'x·W ≈ s·t·Σ(q_x − z)·q_W (Jacob et al., “Quantization and training of neural networks for efficient integer-arithmetic-only inference”, 2018). ' +
    'A quarter of the bytes, and about twice as fast as float32 on the processor where many rows are computed at once; slower for a single row. ' +
    'Hurts where few activations are far larger than the rest, since all share one scale. Convolutions stay.',
  options,
  needs: () => [],
  targets: (model) =>
    findWeights(model).filter(
      (weight) => refusalOf(weight, { range: 'full', perChannel: true }) === undefined,
    ),
  async apply(model, chosen, context) {
    const worth = withoutRefused(context.weights, (one) => refusalOf(one, chosen), context.note);
    if (worth.length === 0) return model;
    const upgraded = await upgradeOpset(model, opsetNeeded);
    if (upgraded !== model) {
      context.note(`Integer products need opset ${opsetNeeded}; the model had ${opsetOf(model)}.`);
    }
    const keys = new Set(worth.map(({ key }) => key));
    const weights = findWeights(upgraded).filter(({ key }) => keys.has(key));
    const edit = new IntegerEdit(upgraded);
    const grid = int8Grid(chosen.range);
    const { crew, signal } = context;
    const start = async (weight: Weight) => {
      const plan = planInteger(weight, chosen.perChannel);
      if (typeof plan === 'string') return undefined;
      const { layout } = plan;
      const values = await loadFinite(weight);
      const input = { weights: values, layout, blockSize: layout.axis, grid };
      return { plan, coded: await crew.run('fit-blocks', input, signal) };
    };
    for await (const [weight, fitted] of fittedInTurn(weights, context, start)) {
      if (fitted) edit.store(weight, fitted.plan, fitted.coded);
    }
    return mapGraphs(edit.done(), withoutUnreachable);
  },
});

/** DequantizeLinear takes a scale per channel from 13 on; the rules of upgrading begin at 15. */
const opsetNeeded = 15;

/** What the nodes of an integer product add to the file, roughly: a reason to leave tiny weights alone. */
const overhead = 400;

const convolution =
  'a convolution that rounds its activations at every run is slower than one in float32; ' +
  'quantize-static rounds convolutions';

function refusalOf(weight: Weight, { perChannel }: Options): string | undefined {
  const dense = notDense(weight);
  if (dense !== undefined) return dense;
  if (weight.consumers.some(({ node }) => node.opType.includes('Conv'))) return convolution;
  const plan = planInteger(weight, perChannel);
  if (typeof plan === 'string') return plan;
  const { outer, axis, inner } = plan.layout;
  const size = outer * axis * inner + 4 * outer * inner + overhead;
  return size < weight.bytes ? undefined : `it would take ${size} bytes instead of ${weight.bytes}`;
}
