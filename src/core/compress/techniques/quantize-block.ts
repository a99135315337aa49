/**
 * Rounds weights to 8, 4 or 2 bits with one scale per block: w ≈ (code − zero point) · scale, codes
 * rounded to the nearest, halves to even. Blocks bound the damage of an outlier to its neighbors
 * (Dettmers and Zettlemoyer, "The case for 4-bit precision", 2023).
 */
import { loadKernels } from '../../kernels/index.ts';
import { quantizedSize } from '../../math/blocks.ts';
import { gridFor } from '../../math/grid.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { loadFloats } from '../../onnx/tensor.ts';
import { Scratch } from '../../onnx/bytes.ts';
import { upgradeOpset } from '../../onnx/upgrade.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { blockForm, isTurned } from '../block-form.ts';
import { inTurn, named, notDense, withoutRefused } from '../dense.ts';
import { dequantized, opsetFor } from '../dequantize.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

const options = {
  bits: {
    type: 'choice',
    label: 'Bits',
    help: 'Bits per weight. 8 is all but lossless, 4 costs a little, 2 costs much unless the model is healed.',
    default: 4,
    choices: [
      { value: 8, label: '8 bits' },
      { value: 4, label: '4 bits' },
      { value: 2, label: '2 bits' },
    ],
  },
  blockSize: {
    type: 'choice',
    label: 'Block size',
    help: 'Weights that share a scale. Small blocks are more exact; each adds a scale of 32 bits.',
    default: 32,
    choices: [
      { value: 0, label: 'whole channel' },
      { value: 16, label: '16' },
      { value: 32, label: '32' },
      { value: 64, label: '64' },
      { value: 128, label: '128' },
      { value: 256, label: '256' },
    ],
  },
  symmetric: {
    type: 'toggle',
    label: 'Symmetric',
    help: 'Codes around 0 without a zero point: smaller, and the form that runs fastest.',
    default: true,
  },
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

export const quantizeBlock = technique({
  family: 'quantize',
  label: 'Block quantization',
  summary:
    'Rounds each weight to a few bits and keeps one scale per block of neighbors: w ≈ (code − zero point) · scale. ' +
    'Saves download and memory everywhere; saves time only where the device computes with codes. ' +
    'Hurts small models at 4 bits and nearly every model at 2 bits.',
  options,
  needs: () => [],
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  async apply(model, chosen, context) {
    const reason = (weight: Weight) => notDense(weight) ?? notSmaller(weight, chosen);
    const worth = withoutRefused(context.weights, reason, context.note);
    if (worth.length === 0) return model;
    const opset = opsetFor(chosen.bits);
    const upgraded = await upgradeOpset(model, opset);
    if (upgraded !== model) {
      context.note(
        `Codes of ${chosen.bits} bits need opset ${opset}; the model had ${opsetOf(model)}.`,
      );
    }
    const keys = new Set(worth.map(({ key }) => key));
    const weights = findWeights(upgraded).filter(({ key }) => keys.has(key));
    const kernels = await loadKernels();
    const edit = new ModelEdit(upgraded);
    const fresh = (base: string) => edit.fresh(base);
    const scratch = new Scratch();
    const grid = gridFor(chosen.bits, chosen.symmetric, 'float32');
    for (const weight of inTurn(weights, context)) {
      const form = blockForm(weight, chosen.blockSize, isTurned(upgraded, weight));
      const blockOptions = { ...chosen, blockSize: form.kernelBlock };
      const values = await loadFloats(weight.tensor, scratch);
      const blocks = named(weight, () => kernels.quantizeBlocks(values, form.layout, blockOptions));
      const { tensors, nodes } = dequantized(weight, form, blocks, grid, fresh);
      edit.replaceStored(weight, tensors, nodes);
    }
    return edit.done();
  },
});

/** What the nodes and names of the canonical form add to the file, roughly: a reason to leave tiny weights alone. */
const overhead = 200;

function notSmaller(weight: Weight, chosen: Options): string | undefined {
  const form = blockForm(weight, chosen.blockSize);
  const size = quantizedSize(form.layout, { ...chosen, blockSize: form.kernelBlock }) + overhead;
  if (size < weight.bytes) return undefined;
  return `at ${chosen.bits} bits it would take ${size} bytes instead of ${weight.bytes}`;
}
