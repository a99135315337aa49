/** Weights of a compressed model beside those that they were: what mending compares. */
import type { BlockLayout } from '../../math/blocks.ts';
import { indexGraph } from '../../onnx/graph.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Consumer, type Weight } from '../../onnx/weights.ts';
import { blockForm } from '../block-form.ts';
import { loadFinite, notDense } from '../dense.ts';
import { codedWeights, type CodedWeight } from '../realize/coded-weight.ts';
import { dequantize } from '../realize/dequantize.ts';

/** A weight of the main graph with one use, and the weight of the original that it stands for. */
export interface Heir {
  readonly weight: Weight;
  readonly original: Weight;
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

/** The heirs among some weights of a model. */
export function heirsOf(model: Model, original: Model, weights: readonly Weight[]): Heirs {
  const { uses } = indexGraph(model.graph);
  const coded = new Map(codedWeights(model).map((one) => [one.node, one]));
  const origins = new Map(findWeights(original).map((one) => [one.key, one]));
  const heirs: Heir[] = [];
  const refused = new Map<string, string>();
  for (const weight of weights) {
    const found = heirOf(weight, coded, origins, uses);
    if (typeof found === 'string') refused.set(weight.key, found);
    else heirs.push(found);
  }
  return { heirs, refused };
}

type Uses = ReturnType<typeof indexGraph>['uses'];

function heirOf(
  weight: Weight,
  codedBy: ReadonlyMap<unknown, CodedWeight>,
  origins: ReadonlyMap<string, Weight>,
  uses: Uses,
): Heir | string {
  const [consumer, ...others] = weight.consumers;
  if (!consumer || others.length > 0) return 'several nodes take it';
  if (weight.path.length > 0 || consumer.path.length > 0) return 'it is used in a subgraph';
  const coded = weight.quantized && codedBy.get(weight.quantized.dequantize);
  if (weight.quantized ? !coded : notDense(weight) !== undefined) {
    return 'it is stored in a form that mending does not read';
  }
  const original = coded ? originOf(coded.value, origins, uses) : origins.get(weight.key);
  if (!original || notDense(original) !== undefined) return 'the original has no such weight';
  const count = elementCount({ name: weight.key, dims: original.dims });
  if (elementCount(weight.tensor) !== count) return 'the original has it in another size';
  if (original.tensor === weight.tensor) return 'it is as it was in the original';
  const { layout } = blockForm(original, 0);
  return { weight, original, consumer, layout, ...(coded ? { coded } : {}) };
}

/** The weight whose name a dequantized value has, at once or after it was reshaped or converted. */
function originOf(
  value: string,
  origins: ReadonlyMap<string, Weight>,
  uses: Uses,
): Weight | undefined {
  let at = value;
  for (let steps = 0; steps < 8; steps++) {
    const found = origins.get(at);
    if (found) return found;
    const [use, ...others] = uses(at);
    if (!use || others.length > 0 || !['Reshape', 'Cast', 'Identity'].includes(use.node.opType)) {
      return undefined;
    }
    at = use.node.outputs[0] ?? '';
  }
  return undefined;
}

/** What the weight was and what it is, in the order of the original. Errors: ModelError for a NaN. */
export async function valuesOf({ weight, original, coded }: Heir): Promise<{
  readonly was: Float32Array;
  readonly is: Float32Array;
}> {
  const was = await loadFinite(original);
  return { was, is: coded ? await dequantize(coded) : await loadFinite(weight) };
}

/** Beyond this share of its squares a weight was not rounded but replaced. */
const mostMissed = 0.6;
/** How differently rounding and pruning may treat channels: the spread of the factors by which they shrink them. */
const mostSpread = 0.12;

/**
 * Why the two can't be compared; undefined where they can. A fold between them multiplied channels by
 * factors of their own, which rounding never does.
 */
export function notComparable(
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
  if (missed === 0) return 'its values are those of the original';
  const share = missed / whole;
  const chance = (others: number) => 3 * Math.sqrt(share / others);
  const isFolded =
    inputs.spread() > mostSpread + chance(rows) || outputs.spread() > mostSpread + chance(axis);
  return share > mostMissed || isFolded
    ? 'a step before rescaled or replaced it, so that the original says nothing about its errors'
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
