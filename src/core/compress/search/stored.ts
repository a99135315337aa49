/** What became of weights in a variant: their values, and the bytes that the file has more or less. */
import { upgradeOpset } from '../../onnx/upgrade.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { loadFloats } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { writeOnnx } from '../../onnx/write.ts';
import { diff } from '../diff.ts';
import { codedWeights } from '../realize/coded-weight.ts';
import { dequantize } from '../realize/dequantize.ts';

/** The bytes of a model's files. */
export function fileBytes(model: Model): number {
  const { onnx, external } = writeOnnx(model);
  return [...external.values()].reduce((sum, { size }) => sum + size, onnx.size);
}

/** Sizes of a model that is not changed except for its opset, which new types of codes may raise. */
export class BaseSize {
  readonly #model: Model;
  readonly #sizes = new Map<number, number>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** What a variant's files have more than those of the model would at its opset. */
  async difference(variant: Model): Promise<number> {
    return fileBytes(variant) - (await this.at(opsetOf(variant) ?? 0));
  }

  /** The bytes of the model at an opset; its own where that is higher. */
  async at(opset: number): Promise<number> {
    const known = this.#sizes.get(opset);
    if (known !== undefined) return known;
    const isBehind = (opsetOf(this.#model) ?? 0) < opset;
    const size = fileBytes(isBehind ? await upgradeOpset(this.#model, opset) : this.#model);
    this.#sizes.set(opset, size);
    return size;
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
