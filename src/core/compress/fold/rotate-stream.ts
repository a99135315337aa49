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
  edit.swapStored(
    norm.scale,
    withValues(norm.scale.tensor, new Float32Array(scale.length).fill(1)),
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

/**
 * Rᵀ·diag(scale), and behind it ·R where the rotated embedding reads the result: then the tied head
 * needs no weight of its own.
 */
function insertProduct(
  { norm, tied }: NormPlan,
  rotation: Rotation,
  scale: Float32Array,
  shift: Float32Array | undefined,
  edit: ModelEdit,
): void {
  const { size } = rotation;
  const r = matrixOf(rotation);
  const product = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) product[row * size + k] = r[k * size + row]! * scale[k]!;
    if (tied) rotation.apply(product, row * size);
  }
  const name = edit.fresh(`${norm.scale.name}_rotation`);
  const { dtype } = norm.scale.tensor;
  const bytes = bytesFromFloats(Float32Array.from(product), dtype);
  edit.addStored([], makeTensor(name, dtype, [size, size], kept(bytes)));
  const last = norm.nodes[norm.nodes.length - 1]!;
  const normed = edit.fresh(`${norm.output}_rotated`);
  const nodes: Node[] = [{ ...last, outputs: [normed, ...last.outputs.slice(1)] }];
  const rotate = { name: edit.fresh(`${norm.scale.name}_rotate`) };
  if (!shift?.some((x) => x !== 0)) {
    edit.replace(last, ...nodes, node('MatMul', [normed, name], [norm.output], rotate));
    return;
  }
  const row = Float64Array.from(shift);
  if (tied) rotation.apply(row, 0);
  const added = edit.fresh(`${norm.scale.name}_shift`);
  edit.addStored([], vector(added, norm.scale.tensor, Float32Array.from(row)));
  const middle = edit.fresh(`${norm.output}_unshifted`);
  const add = { name: edit.fresh(`${norm.scale.name}_shift_add`) };
  nodes.push(node('MatMul', [normed, name], [middle], rotate));
  edit.replace(last, ...nodes, node('Add', [middle, added], [norm.output], add));
}
