/** Weights of a compressed model beside those that they were: what mending compares. */
import type { BlockLayout } from '../../math/blocks.ts';
import { indexGraph, type GraphIndex } from '../../onnx/graph.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Consumer, type Weight } from '../../onnx/weights.ts';
import { blockForm } from '../block-form.ts';
import { loadFinite, notDense } from '../dense.ts';
import type { Context } from '../technique.ts';
import { foldBatchNormalization } from './batch-normalization.ts';
import { codedWeights, type CodedWeight } from '../realize/coded-weight.ts';
import { dequantize } from '../realize/dequantize.ts';

/** A weight of the main graph with one use, and what it may have been. */
export interface Heir {
  readonly weight: Weight;
  /** The weight of the same name in each reference: the first that it can be compared with counts. */
  readonly origins: readonly [Weight, ...Weight[]];
  readonly coded?: CodedWeight;
  readonly consumer: Consumer;
  /** Of both, as the matrix that sums over the axis. */
  readonly layout: BlockLayout;
}

export interface Heirs {
  readonly heirs: readonly Heir[];
  /** Why a weight is none, by its key. */
  readonly refused: ReadonlyMap<string, string>;
}

/**
 * The models that the weights of a step may come from: the original after folds, the same with batch
 * normalizations folded (techniques for activations do so by themselves), the original.
 */
export async function referencesOf({
  original,
  reference,
}: Pick<Context, 'original' | 'reference'>): Promise<readonly Model[]> {
  const prepared = reference ? await reference() : original;
  const { model: folded } = await foldBatchNormalization(prepared);
  return [...new Set([prepared, folded, original])];
}

/** The heirs of the references among some weights of a model. */
export function heirsOf(
  model: Model,
  references: readonly Model[],
  weights: readonly Weight[],
): Heirs {
  const index = indexGraph(model.graph);
  const coded = new Map(codedWeights(model).map((one) => [one.node, one]));
  const origins = references.map((one) => new Map(findWeights(one).map((own) => [own.key, own])));
  const heirs: Heir[] = [];
  const refused = new Map<string, string>();
  for (const weight of weights) {
    const found = heirOf(weight, coded, origins, index);
    if (typeof found === 'string') refused.set(weight.key, found);
    else heirs.push(found);
  }
  return { heirs, refused };
}

type Origins = ReadonlyMap<string, Weight>;

function heirOf(
  weight: Weight,
  codedBy: ReadonlyMap<unknown, CodedWeight>,
  references: readonly Origins[],
  index: GraphIndex,
): Heir | string {
  const [consumer, ...others] = weight.consumers;
  if (!consumer || others.length > 0) return 'several nodes take it';
  if (weight.path.length > 0 || consumer.path.length > 0) return 'it is used in a subgraph';
  const coded = weight.quantized && codedBy.get(weight.quantized.dequantize);
  if (weight.quantized ? !coded : notDense(weight) !== undefined) {
    return 'it is stored in a form that mending does not read';
  }
  const found = references
    .flatMap((one) => (coded ? originOf(coded.value, one, index) : one.get(weight.key)) ?? [])
    .filter((origin) => notDense(origin) === undefined);
  if (found.some(({ tensor }) => tensor === weight.tensor)) return 'it is as it was';
  const count = elementCount(weight.tensor);
  const [first, ...more] = [...new Set(found)].filter(
    ({ tensor }) => elementCount(tensor) === count,
  );
  if (!first) return 'the original has no such weight of its size';
  const { layout } = blockForm(first, 0);
  return { weight, origins: [first, ...more], consumer, layout, ...(coded ? { coded } : {}) };
}

/** The weight whose name a dequantized value has, at once or after it was reshaped or converted. */
function originOf(value: string, origins: Origins, index: GraphIndex): Weight | undefined {
  let at = value;
  for (let steps = 0; steps < 8; steps++) {
    const found = origins.get(at);
    if (found) return found;
    const [use, ...others] = index.uses(at);
    if (!use || others.length > 0 || !['Reshape', 'Cast', 'Identity'].includes(use.node.opType)) {
      return undefined;
    }
    at = use.node.outputs[0] ?? '';
  }
  return undefined;
}

/** What the weight was and what it is, in the order of the original; a reason where the two can't be compared. Errors: ModelError for a NaN. */
export async function valuesOf({
  weight,
  origins,
  coded,
  layout,
}: Heir): Promise<{ readonly was: Float32Array; readonly is: Float32Array } | string> {
  const is = coded ? await dequantize(coded) : await loadFinite(weight);
  let reason = '';
  for (const origin of origins) {
    const was = await loadFinite(origin);
    const why = notComparable(was, is, layout);
    if (why === undefined) return { was, is };
    reason = why;
  }
  return reason;
}

/** Beyond this share of its squares a weight was not rounded but replaced. */
const mostMissed = 0.6;
/** How differently rounding and pruning may treat channels: the spread of the factors by which they shrink them. */
const mostSpread = 0.12;

/**
 * Why the two can't be compared; undefined where they can. A fold between them multiplied channels by
 * factors of their own, which rounding never does.
 */
function notComparable(
  was: Float32Array,
  is: Float32Array,
  { outer, axis, inner }: BlockLayout,
): string | undefined {
  const rows = outer * inner;
  const inputs = new Ratios(axis);
  const outputs = new Ratios(rows);
  let missed = 0;
  let whole = 0;
  was.forEach((w, at) => {
    const now = is[at]!;
    missed += (now - w) * (now - w);
    whole += w * w;
    inputs.add(Math.floor(at / inner) % axis, w, now);
    outputs.add(Math.floor(at / inner / axis) * inner + (at % inner), w, now);
  });
  if (missed === 0) return 'its values are as they were';
  const share = missed / whole;
  const chance = (others: number) => 3 * Math.sqrt(share / others);
  const isFolded =
    inputs.spread() > mostSpread + chance(rows) || outputs.spread() > mostSpread + chance(axis);
  return share > mostMissed || isFolded
    ? 'a step between rescaled or replaced it, so that what it was says nothing about its errors'
    : undefined;
}

/** For each channel, by which factor the new values are the old ones. */
class Ratios {
  private readonly products: Float64Array;
  private readonly squares: Float64Array;

  constructor(count: number) {
    this.products = new Float64Array(count);
    this.squares = new Float64Array(count);
  }

  add(channel: number, was: number, is: number): void {
    this.products[channel]! += was * is;
    this.squares[channel]! += was * was;
  }

  /** The standard deviation of the factors, each channel counting by its squares. */
  spread(): number {
    const { products, squares } = this;
    const sum = (values: Float64Array) => values.reduce((all, value) => all + value, 0);
    const total = sum(squares);
    if (total === 0) return 0;
    const mean = sum(products) / total;
    const variance = products.map((product, channel) => {
      const square = squares[channel]!;
      return square > 0 ? square * (product / square - mean) ** 2 : 0;
    });
    return Math.sqrt(sum(variance) / total);
  }
}
