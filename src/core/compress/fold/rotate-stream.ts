/** Rotates a residual stream by R: x becomes x·R, and the model answers as before. */
import { matrixOf, type Rotation } from '../../math/orthogonal.ts';
import { node } from '../../onnx/build.ts';
import { bytesFromFloats } from '../../onnx/floats.ts';
import { loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Node, Tensor } from '../../onnx/types.ts';
import { loadFinite } from '../dense.ts';
import { kept, type ModelEdit } from '../model-edit.ts';
import { along, withValues } from './fold-graph.ts';
import type { Written } from './residual-stream.ts';
import type { NormPlan, RotationPlan, StreamReader } from './rotatable.ts';

/** Slices along an axis as rows: each is multiplied by `scale`, element by element, and rotated. */
export function rotated(
  values: Float32Array,
  dims: readonly number[],
  axis: number,
  rotation: Rotation,
  scale?: Float32Array,
): Float32Array {
  const { outer, size, inner } = along(dims, axis);
  const result = new Float32Array(values.length);
  const row = new Float64Array(size);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * size * inner + i;
      for (let k = 0; k < size; k++) row[k] = values[start + k * inner]! * (scale?.[k] ?? 1);
      rotation.apply(row, 0);
      for (let k = 0; k < size; k++) result[start + k * inner] = row[k]!;
    }
  }
  return result;
}

/** The rotated weights of a plan, one after the other; not those that only add. */
export async function* rotatedWeights(
  { written, norms }: RotationPlan,
  rotation: Rotation,
): AsyncGenerator<{ readonly of: Written; readonly values: Float32Array }> {
  for (const one of written) {
    if (!one.weight) continue;
    const values = await loadFinite(one.weight);
    yield { of: one, values: rotated(values, one.weight.dims, one.axis, rotation) };
  }
  for (const { norm, readers } of norms) {
    const scale = await loadFloats(norm.scale.tensor);
    for (const { weight, axis } of readers) {
      const values = rotated(await loadFinite(weight), weight.dims, axis, rotation, scale);
      yield { of: { stored: weight, axis, weight }, values };
    }
  }
}

/** Puts the rotation into the model: the scales of the norms go into their readers and become 1. */
export async function rotateStream(
  plan: RotationPlan,
  rotation: Rotation,
  edit: ModelEdit,
  onWeight: (key: string) => void,
): Promise<void> {
  for await (const { of: one, values } of rotatedWeights(plan, rotation)) {
    onWeight(one.weight!.key);
    edit.swapStored(one.stored, withValues(one.stored.tensor, values));
  }
  for (const { stored, axis, weight } of plan.written) {
    if (weight) continue;
    const values = rotated(await loadFloats(stored.tensor), stored.tensor.dims, axis, rotation);
    edit.swapStored(stored, withValues(stored.tensor, values));
  }
  for (const one of plan.norms) await foldNorm(one, rotation, edit);
}

async function foldNorm(plan: NormPlan, rotation: Rotation, edit: ModelEdit): Promise<void> {
  const { norm, readers, tied, plain } = plan;
  const scale = await loadFloats(norm.scale.tensor);
  const shift = norm.shift && (await loadFloats(norm.shift.tensor));
  const center = tied ? centerOf(scale) : 1;
  edit.swapStored(
    norm.scale,
    withValues(norm.scale.tensor, new Float32Array(scale.length).fill(center)),
  );
  if (norm.shift) {
    edit.swapStored(norm.shift, withValues(norm.shift.tensor, new Float32Array(scale.length)));
  }
  if (shift?.some((x) => x !== 0)) {
    for (const reader of readers) await addShift(reader, shift, edit);
  }
  if (tied || plain) insertProduct(plan, rotation, scale, shift, edit);
}

/** The norm's shift, seen through a layer: b + shift·W. */
async function addShift(
  { weight, axis, node: layer, dtype, bias }: StreamReader,
  shift: Float32Array,
  edit: ModelEdit,
): Promise<void> {
  const values = await loadFinite(weight);
  const { size, inner } = along(weight.dims, axis);
  const count = values.length / size;
  const sums = new Float64Array(count);
  values.forEach((w, at) => {
    const k = Math.floor(at / inner) % size;
    const n = axis === 0 ? at % inner : Math.floor(at / size);
    sums[n]! += shift[k]! * w;
  });
  if (bias) {
    const before = await loadFloats(bias.tensor);
    edit.swapStored(
      bias,
      withValues(
        bias.tensor,
        Float32Array.from(before, (b, n) => b + sums[n]!),
      ),
    );
    return;
  }
  const name = edit.fresh(`${weight.name}_shift`);
  edit.addStored([], vector(name, { dtype }, Float32Array.from(sums)));
  const { outputs } = layer;
  const middle = edit.fresh(`${outputs[0]}_unshifted`);
  edit.replace(
    layer,
    { ...layer, outputs: [middle] },
    node('Add', [middle, name], outputs, { name: edit.fresh(`${weight.name}_shift_add`) }),
  );
}

const vector = (name: string, like: Pick<Tensor, 'dtype'>, values: Float32Array): Tensor =>
  makeTensor(name, like.dtype, [values.length], bytesFromFloats(values, like.dtype));

/** The mean of a norm's scale, where it says something of it; 1 where it does not. */
function centerOf(scale: Float32Array): number {
  const mean = scale.reduce((sum, x) => sum + x, 0) / scale.length;
  const square = scale.reduce((sum, x) => sum + x * x, 0) / scale.length;
  return mean * mean > square / 4 ? Math.fround(mean) : 1;
}

/**
 * Puts Rᵀ·diag(scale) behind a norm, which undoes the rotation. Where the rotated embedding reads the
 * result, ·R follows, and the tied head needs no weight of its own. Of that product, which is near c·1, c
 * being the mean of the scale, only the rest Rᵀ·diag(scale / c − 1)·R is stored, and what it gives is
 * added: rounded to few bits it errs much less.
 */
function insertProduct(
  { norm, tied }: NormPlan,
  rotation: Rotation,
  scale: Float32Array,
  shift: Float32Array | undefined,
  edit: ModelEdit,
): void {
  const { dtype } = norm.scale.tensor;
  const base = norm.scale.name;
  const matrix = makeTensor(
    edit.fresh(`${base}_rotation`),
    dtype,
    [rotation.size, rotation.size],
    kept(bytesFromFloats(productOf(rotation, scale, tied), dtype)),
  );
  edit.addStored([], matrix);
  const last = norm.nodes[norm.nodes.length - 1]!;
  const normed = edit.fresh(`${norm.output}_rotated`);
  const nodes: Node[] = [{ ...last, outputs: [normed, ...last.outputs.slice(1)] }];
  let value = normed;
  const append = (opType: string, inputs: readonly string[], suffix: string) => {
    value = edit.fresh(`${base}_${suffix}`);
    nodes.push(node(opType, inputs, [value], { name: value }));
  };
  append('MatMul', [normed, matrix.name], 'turned');
  if (tied) append('Add', [normed, value], 'whole');
  if (shift?.some((x) => x !== 0)) {
    const row = Float64Array.from(shift);
    if (tied) rotation.apply(row, 0);
    const added = vector(edit.fresh(`${base}_shift`), norm.scale.tensor, Float32Array.from(row));
    edit.addStored([], added);
    append('Add', [value, added.name], 'shifted');
  }
  const end = nodes.pop()!;
  edit.replace(last, ...nodes, { ...end, outputs: [norm.output] });
}

/** Rᵀ·diag(scale), or Rᵀ·diag(scale / center − 1)·R. */
function productOf(rotation: Rotation, scale: Float32Array, tied: boolean): Float32Array {
  const { size } = rotation;
  const center = centerOf(scale);
  const factors = tied ? scale.map((x) => x / center - 1) : scale;
  const r = matrixOf(rotation);
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) product[row * size + k] = r[k * size + row]! * factors[k]!;
    if (tied) rotation.apply(product, row * size);
  }
  return Float32Array.from(product);
}
