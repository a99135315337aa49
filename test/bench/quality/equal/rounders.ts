/** Models whose weights were rounded by a reference, stored as the float32 that comes of it. */
import { collectInputs } from '../../../../src/core/calibrate/collect.ts';
import { sitesOf } from '../../../../src/core/calibrate/sites.ts';
import type { InputStatistics } from '../../../../src/core/calibrate/statistics.ts';
import { blockForm } from '../../../../src/core/compress/block-form.ts';
import { kept, ModelEdit } from '../../../../src/core/compress/model-edit.ts';
import { codedWeights } from '../../../../src/core/compress/realize/coded-weight.ts';
import { dequantize } from '../../../../src/core/compress/realize/dequantize.ts';
import type { BlockLayout } from '../../../../src/core/math/blocks.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { findWeights, type Weight } from '../../../../src/core/onnx/weights.ts';
import { runtime } from '../runs.ts';
import { roundRows, type LlamaFormat } from '../llama-blocks.ts';
import type { Subject } from './subject.ts';

/** What flows into each weight of the original, by the weight's key. */
export type Inputs = ReadonlyMap<string, InputStatistics>;

/** Statistics of a subject's calibration samples. */
export async function inputsOf({ model: { model }, calibration }: Subject): Promise<Inputs> {
  const { sites } = sitesOf(model, findWeights(model));
  const { statistics } = await collectInputs(model, sites, {
    runtime,
    calibration: { samples: () => Promise.resolve(calibration) },
    kind: 'calibration',
    most: 256,
    signal: new AbortController().signal,
  });
  return new Map(
    sites.flatMap(({ key, weights }) =>
      weights.map((weight) => [weight, statistics.get(key)!] as const),
    ),
  );
}

/** Every weight in a format of llama.cpp, its search weighted by the inputs' mean squares. */
export async function inFormat(
  format: LlamaFormat,
  { model: { model } }: Subject,
  inputs: Inputs,
): Promise<Model> {
  const edit = new ModelEdit(model);
  for (const weight of findWeights(model)) {
    const { layout } = blockForm(weight, 0);
    const rows = toRows(await loadFloats(weight.tensor), layout);
    const rounded = new Float64Array(rows.length);
    const statistics = inputs.get(weight.key);
    const groups = statistics?.groups ?? 1;
    const size = rows.length / groups;
    for (let group = 0; group < groups; group++) {
      const part = rows.subarray(group * size, (group + 1) * size);
      const importance = diagonal(statistics, group, layout.axis);
      rounded.set(roundRows(format, part, layout.axis, importance), group * size);
    }
    const bytes = new Uint8Array(fromRows(rounded, layout).buffer);
    edit.swapStored(weight, makeTensor(weight.name, 'float32', weight.dims, kept(bytes)));
  }
  return edit.done();
}

function diagonal(
  statistics: InputStatistics | undefined,
  group: number,
  columns: number,
): Float64Array {
  if (statistics?.channels !== columns) return new Float64Array(columns).fill(1);
  const start = group * columns * columns;
  return Float64Array.from(
    { length: columns },
    (_, at) => statistics.gram[start + at * columns + at]! + 1e-12,
  );
}

/** [outer, axis, inner] → [outer · inner, axis]: what is summed over lies together. */
function toRows(values: Float32Array, { outer, axis, inner }: BlockLayout): Float64Array {
  const rows = new Float64Array(values.length);
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < axis; k++)
      for (let i = 0; i < inner; i++)
        rows[(o * inner + i) * axis + k] = values[(o * axis + k) * inner + i]!;
  return rows;
}

function fromRows(
  rows: Float64Array,
  { outer, axis, inner }: BlockLayout,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(rows.length);
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < axis; k++)
      for (let i = 0; i < inner; i++)
        values[(o * axis + k) * inner + i] = rows[(o * inner + i) * axis + k]!;
  return values;
}

/**
 * Mean over the weights of tr(ΔᵀHΔ) / tr(WᵀHW), H of the rows that nothing was fitted to. Weights
 * that are only looked up have no H and do not count.
 */
export async function layerError(
  { model: { model } }: Subject,
  variant: Model,
  inputs: Inputs,
): Promise<number> {
  const errors: number[] = [];
  for (const weight of findWeights(model)) {
    const statistics = inputs.get(weight.key);
    const { layout } = blockForm(weight, 0);
    if (statistics?.channels !== layout.axis) continue;
    const before = toRows(await loadFloats(weight.tensor), layout);
    const after = toRows(await valuesIn(variant, weight), layout);
    const change = before.map((value, at) => after[at]! - value);
    errors.push(quadratic(change, statistics) / quadratic(before, statistics));
  }
  return errors.reduce((sum, one) => sum + one, 0) / errors.length;
}

/** Σ over rows of rᵀHr. */
function quadratic(rows: Float64Array, { channels: k, groups, heldOut }: InputStatistics): number {
  const perGroup = rows.length / groups;
  let sum = 0;
  for (let start = 0; start < rows.length; start += k) {
    const gram = Math.floor(start / perGroup) * k * k;
    for (let a = 0; a < k; a++) {
      let inner = 0;
      for (let b = 0; b < k; b++) inner += heldOut[gram + a * k + b]! * rows[start + b]!;
      sum += inner * rows[start + a]!;
    }
  }
  return sum;
}

/** What a variant computes with in a weight's place: its values, or what its codes stand for. */
async function valuesIn(variant: Model, { name, key }: Weight): Promise<Float32Array> {
  const same = findWeights(variant).find((one) => one.key === key && !one.quantized);
  if (same) return loadFloats(same.tensor);
  let value = name;
  for (;;) {
    const node = variant.graph.nodes.find(({ outputs }) => outputs[0] === value);
    if (!node) throw new RangeError(`Nothing makes "${name}" in the variant.`);
    if (node.opType === 'DequantizeLinear') {
      return dequantize(codedWeights(variant).find((coded) => coded.node === node)!);
    }
    value = node.inputs[0]!;
  }
}
