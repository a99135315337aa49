/**
 * Sets the weights of smallest magnitude to zero (Han et al., "Learning both weights and connections
 * for efficient neural networks", 2015).
 */
import { checkFinite } from '../../math/blocks.ts';
import { MagnitudeSelection, selectMagnitude, type RankedMagnitude } from '../../math/quantile.ts';
import { roundHalfEven } from '../../math/round.ts';
import { Scratch } from '../../onnx/bytes.ts';
import { floatsFromBytes } from '../../onnx/floats.ts';
import { bitsOf, elementCount, loadBytes, makeTensor } from '../../onnx/tensor.ts';
import type { Tensor } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { inTurn, loadFinite, named, notDense, withoutRefused } from '../dense.ts';
import { kept, ModelEdit } from '../model-edit.ts';
import type { OptionSpecs } from '../options.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  sparsity: {
    type: 'number',
    label: 'Sparsity',
    help: 'The share of weights that become zero.',
    default: 0.5,
    min: 0,
    max: 0.99,
    step: 0.01,
    integer: false,
  },
  scope: {
    type: 'choice',
    label: 'Scope',
    help: 'Take this share of every layer, or of all together: then layers of small weights lose more.',
    default: 'layer',
    choices: [
      { value: 'layer', label: 'each layer' },
      { value: 'global', label: 'all layers together' },
    ],
  },
} as const satisfies OptionSpecs;

export const pruneMagnitude = technique({
  family: 'prune',
  label: 'Magnitude pruning',
  summary:
    'Sets the given share of weights to zero, those of smallest |w|. ' +
    'Zeros are still stored and still multiplied: they save bytes once the file is coded or zipped, and no time. ' +
    'Half of the weights often go unnoticed; from 80 % on most models need healing.',
  options,
  needs: () => [],
  targets: (model) => findWeights(model).filter((weight) => refusal(weight) === undefined),
  async apply(model, { sparsity, scope }, context) {
    const weights = withoutRefused(context.weights, refusal, context.note);
    const cuts =
      scope === 'layer' ? layerCuts(sparsity) : await globalCuts(weights, sparsity, context);
    const edit = new ModelEdit(model);
    const { progress } = context;
    const first = scope === 'layer' ? 0 : 2;
    const later = (done: number, total: number, what: string) =>
      progress(first * total + done, (first + 1) * total, what);
    const scratch = new Scratch();
    for (const weight of inTurn(weights, { ...context, progress: later })) {
      const pruned = await withZeros(weight, cuts, scratch);
      if (pruned) edit.swapStored(weight, pruned);
    }
    return edit.done();
  },
});

function refusal(weight: Weight): string | undefined {
  const reason = notDense(weight);
  return weight.quantized ? `${reason}, or prune before quantizing` : reason;
}

/** What to remove of a tensor: every magnitude below `value`, and the first `ties` that equal it. */
interface Cut {
  readonly value: number;
  readonly ties: number;
}

/** The share as a whole number of weights. */
const shareOf = (count: number, sparsity: number): number => roundHalfEven(count * sparsity);

const cutAt = ({ value, below }: RankedMagnitude, count: number): Cut => ({
  value,
  ties: count - below,
});

const nothing: Cut = { value: -1, ties: 0 };

function layerCuts(sparsity: number): (values: Float32Array) => Cut {
  return (values) => {
    const count = shareOf(values.length, sparsity);
    return count === 0 ? nothing : cutAt(selectMagnitude(values, count - 1), count);
  };
}

/** One threshold over all weights; two rounds of reading, so that one weight at a time is in memory. */
async function globalCuts(
  weights: readonly Weight[],
  sparsity: number,
  context: Context,
): Promise<(values: Float32Array) => Cut> {
  const total = weights.reduce((sum, { tensor }) => sum + elementCount(tensor), 0);
  const count = shareOf(total, sparsity);
  if (count === 0) return () => nothing;
  const selection = new MagnitudeSelection(count - 1);
  const scratch = new Scratch();
  for (const round of [0, 1]) {
    const progress = (done: number, all: number, what: string) =>
      context.progress(round * all + done, 3 * all, what);
    for (const weight of inTurn(weights, { ...context, progress })) {
      selection.count(await loadFinite(weight, scratch));
    }
    if (round === 0) selection.narrow();
  }
  const cut = cutAt(selection.result(), count);
  // Ties go in the order of the model: each tensor takes what the ones before it left.
  let ties = cut.ties;
  return (values) => {
    const mine = { value: cut.value, ties };
    ties -= Math.min(
      ties,
      values.reduce((sum, x) => sum + Number(Math.abs(x) === cut.value), 0),
    );
    return mine;
  };
}

/** The tensor with zeros where the cut says, its other values untouched bit for bit; undefined where none is cut. */
async function withZeros(
  weight: Weight,
  cuts: (values: Float32Array) => Cut,
  scratch: Scratch,
): Promise<Tensor | undefined> {
  const { tensor } = weight;
  const { name, dtype, dims, docString, metadataProps } = tensor;
  // A copy; `slice` would be none where the bytes are a Buffer of Node's.
  const bytes = new Uint8Array(await loadBytes(tensor, scratch));
  // For float32 these are the bytes themselves: each value is read before it is set to zero.
  const values = floatsFromBytes(bytes, dtype, elementCount(tensor), name);
  named(weight, () => checkFinite(values));
  const cut = cuts(values);
  if (cut.value < 0) return undefined;
  setToZero(elementsOf(bytes, bitsOf(dtype)), values, cut);
  return {
    ...makeTensor(name, dtype, dims, kept(bytes)),
    ...(docString === undefined ? {} : { docString }),
    ...(metadataProps ? { metadataProps } : {}),
  };
}

/** One element per value: whatever the type, all bits 0 is the number 0. */
function elementsOf({ buffer, byteOffset, byteLength }: Uint8Array, bits: number) {
  if (bits === 16) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  if (bits === 32) return new Uint32Array(buffer, byteOffset, byteLength / 4);
  return new Float64Array(buffer, byteOffset, byteLength / 8);
}

function setToZero(
  elements: ReturnType<typeof elementsOf>,
  values: Float32Array,
  { value, ties }: Cut,
): void {
  let left = ties;
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(values[index]!);
    if (magnitude < value || (magnitude === value && left-- > 0)) elements[index] = 0;
  }
}
