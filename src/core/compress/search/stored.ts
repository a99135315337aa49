/** What became of weights in a variant: their values, and the bytes that the file has more or less. */
import { codedSize } from '../../coding/coded-file.ts';
import { partsOf } from '../../coding/coded-mark.ts';
import { entropyOfCounts } from '../../coding/entropy.ts';
import { upgradeOpset } from '../../onnx/upgrade.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { bitsOf, byteLength, loadBytes, loadFloats, makeTensor } from '../../onnx/tensor.ts';
import type { Model, Tensor } from '../../onnx/types.ts';
import { mapTensors } from '../../onnx/edit.ts';
import { tensorsOf } from '../../onnx/walk.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { writeOnnx } from '../../onnx/write.ts';
import { diff } from '../diff.ts';
import { codedWeights } from '../realize/coded-weight.ts';
import { dequantize } from '../realize/dequantize.ts';

/** Which bytes count: those of the files, or those that are left of them after entropy coding. */
export type Count = 'stored' | 'coded';

/** The bytes of a model's files. */
export function fileBytes(model: Model): number {
  const { onnx, external } = writeOnnx(model);
  return [...external.values()].reduce((sum, { size }) => sum + size, onnx.size);
}

/** The bytes of a model as they are counted. */
export const sizeOf = async (model: Model, count: Count): Promise<number> =>
  count === 'stored' ? fileBytes(model) : codedSize(partsOf('model.onnx', writeOnnx(model)));

/**
 * What a variant of `base` takes more than it: in nodes and names, and in values; of coded values an
 * estimate. The same whether values lie in the file or beside it.
 */
export async function sizeDifference(base: Model, variant: Model, count: Count): Promise<number> {
  const [old, later] = [new Set(tensorsOf(base)), new Set(tensorsOf(variant))];
  const values = async (tensors: readonly Tensor[]): Promise<number> =>
    count === 'coded' ? codedBytes(tensors) : valueBytes(tensors);
  const more = await values([...later].filter((one) => !old.has(one)));
  const less = await values([...old].filter((one) => !later.has(one)));
  return more - less + structureBytes(variant) - structureBytes(base);
}

const valueBytes = (tensors: readonly Tensor[]): number =>
  tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);

const structures = new WeakMap<Model, number>();

/** The bytes of a model without the values of its tensors. */
function structureBytes(model: Model): number {
  const known = structures.get(model);
  if (known !== undefined) return known;
  const empty = mapTensors(model, ({ name, dims, dtype }) => ({
    ...makeTensor(name, dtype, [0], new Uint8Array(0)),
    dims,
  }));
  const size = writeOnnx(empty, { afresh: true }).onnx.size;
  structures.set(model, size);
  return size;
}

/** The bytes of weights as they are; of coded bytes an estimate. */
export const sizeOfWeights = async (weights: readonly Weight[], count: Count): Promise<number> =>
  count === 'stored'
    ? weights.reduce((sum, { bytes }) => sum + bytes, 0)
    : codedBytes(weights.map(({ tensor }) => tensor));

/** What a table of frequencies takes, roughly. */
const tableBytes = 64;

/** What tensors take after coding, by how often each byte occurs: the first, the second … of each number apart. */
async function codedBytes(tensors: readonly Tensor[]): Promise<number> {
  let sum = 0;
  for (const tensor of tensors) {
    const bytes = await loadBytes(tensor);
    const width = Math.max(1, bitsOf(tensor.dtype) / 8);
    for (let plane = 0; plane < width; plane++) {
      const counts = new Uint32Array(256);
      for (let at = plane; at < bytes.length; at += width) counts[bytes[at]!]!++;
      sum += Math.min(bytes.length / width, entropyOfCounts(counts) / 8 + tableBytes);
    }
  }
  return Math.ceil(sum);
}

/** Models that are not changed except for their opset, which new types of codes may raise. */
export class Upgraded {
  readonly #model: Model;
  readonly #upgraded = new Map<number, Model>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** The model at the opset of a variant; itself where it is there already. Errors: ModelError for nodes that can't be converted. */
  async like(variant: Model): Promise<Model> {
    const opset = opsetOf(variant) ?? 0;
    const known = this.#upgraded.get(opset);
    if (known) return known;
    const isBehind = (opsetOf(this.#model) ?? 0) < opset;
    const upgraded = isBehind ? await upgradeOpset(this.#model, opset) : this.#model;
    this.#upgraded.set(opset, upgraded);
    return upgraded;
  }
}

/** The values that weights of `model` have in a variant, by key; those that are as they were are missing. */
export async function changedValues(
  model: Model,
  variant: Model,
  weights: readonly Weight[],
): Promise<Map<string, Float32Array>> {
  const wanted = new Set(weights.map(({ key }) => key));
  const coded = new Map(codedWeights(variant).map((one) => [one.node, one] as const));
  const heirs = new Map(findWeights(variant).map((weight) => [weight.key, weight] as const));
  const values = new Map<string, Float32Array>();
  for (const { key, becomes } of await diff(model, variant)) {
    const heir = heirs.get(becomes ?? key);
    if (!wanted.has(key) || !heir) continue;
    const codes = heir.quantized && coded.get(heir.quantized.dequantize);
    values.set(key, codes ? await dequantize(codes) : await loadFloats(heir.tensor));
  }
  return values;
}

/** Σ (ŵ − w)² / Σ w² over all values of some weights. */
export async function relativeError(
  weights: readonly Weight[],
  values: ReadonlyMap<string, Float32Array>,
): Promise<number> {
  let [apart, all] = [0, 0];
  for (const { key, tensor } of weights) {
    const old = await loadFloats(tensor);
    const given = values.get(key);
    for (let at = 0; at < old.length; at++) {
      const w = old[at]!;
      all += w * w;
      if (given) apart += (given[at]! - w) ** 2;
    }
  }
  return all === 0 ? 0 : apart / all;
}
