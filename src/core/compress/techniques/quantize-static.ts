/**
 * Weights and activations as 8-bit integers, the ranges of the activations measured beforehand on
 * samples (QDQ). x ≈ (code − z)·s with uint8 codes, W ≈ code·t_n with int8 codes, a bias as int32 in
 * units of s·t_n.
 */
import { indexGraph, type GraphIndex } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import { loadFloats } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { upgradeOpset } from '../../onnx/upgrade.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { loadFinite, notDense, withoutRefused } from '../dense.ts';
import { foldBatchNormalization } from '../fold/batch-normalization.ts';
import { absorbBiases } from '../integer/absorb-bias.ts';
import type { ActivationGrid } from '../integer/activation-range.ts';
import { fittedInTurn } from '../integer/fitted.ts';
import { int8Grid } from '../integer/integer-matrix.ts';
import { codesOfLayer, leastScales, scaledWeights } from '../integer/static-codes.ts';
import { scaledBias, StaticEdit } from '../integer/static-edit.ts';
import { gridsOf } from '../integer/static-grids.ts';
import { staticLayers, type StaticLayer } from '../integer/static-layers.ts';
import { staticOptions, type StaticOptions } from '../integer/static-options.ts';
import { roundedValues, type Rounded } from '../integer/static-region.ts';
import { isTable, opsetOfTables, storeTables } from '../integer/static-tables.ts';
import { technique, type Context } from '../technique.ts';

export const quantizeStatic = technique({
  family: 'quantize',
  label: 'Static int8',
  summary:
    'Rounds weights and activations to 8 bits, with ranges of the activations that are measured on samples beforehand: ' +
    'x ≈ (code − z)·s, W ≈ code·t, sums in 32 bits (Jacob et al., “Quantization and training of neural networks for efficient integer-arithmetic-only inference”, 2018). ' +
    'Batch normalizations are folded into their layers first, and tables of embeddings become rows of 8 bits. A quarter of the bytes, and about twice as fast as float32 on the processor for convolutions and products of many rows. ' +
    'Hurts networks whose activations have outliers, and those with depthwise convolutions most.',
  options: staticOptions,
  needs: () => ['calibration'],
  targets: (model) => {
    const index = indexGraph(model.graph);
    return findWeights(model).filter(
      (one) => isTable(one) || typeof layersOf(one, index, 'int8') !== 'string',
    );
  },
  async apply(model, chosen, context) {
    const keys = new Set(context.weights.map(({ key }) => key));
    const chosenOf = (from: Model) => findWeights(from).filter(({ key }) => keys.has(key));
    const { model: normalized, folded: names } = await foldBatchNormalization(model, {
      takes: (key) => keys.has(key),
      onLayer: () => context.signal.throwIfAborted(),
    });
    if (names.length > 0)
      context.note(`Folded ${names.length} batch normalizations into their layers.`);
    const folded = await absorbBiases(normalized);
    const index = indexGraph(folded.graph);
    const ends = endsOf(folded, index, chosen);
    const refusal = (weight: Weight): string | undefined => {
      if (isTable(weight)) return undefined;
      const layers = layersOf(weight, index, chosen.depthwise);
      if (typeof layers === 'string') return layers;
      return ends.has(weight.key)
        ? 'it is the first or the last layer, which this step leaves in float32'
        : undefined;
    };
    const worth = withoutRefused(chosenOf(folded), refusal, context.note);
    if (worth.length === 0) return model;
    const tables = new Set(worth.filter(isTable).map(({ key }) => key));
    const needed = tables.size > 0 ? opsetOfTables : opsetNeeded;
    const upgraded = await upgradeOpset(folded, needed);
    if (upgraded !== folded) {
      context.note(`Integer layers need opset ${needed}; the model had ${opsetOf(folded)}.`);
    }
    const kept = new Set(worth.map(({ key }) => key));
    const weights = findWeights(upgraded).filter(({ key }) => kept.has(key));
    // A NaN would go through the whole network: it is named here, where it is.
    for (const weight of weights) await loadFinite(weight);
    const layers = weights.filter(({ key }) => !tables.has(key));
    const told = (from: number): Context => ({
      ...context,
      progress: (done, _, what) => context.progress(from + done, weights.length, what),
    });
    const integer =
      layers.length > 0 ? await quantized(upgraded, layers, chosen, told(0)) : upgraded;
    return tables.size > 0 ? storeTables(integer, tables, told(layers.length)) : integer;
  },
});

/** DequantizeLinear takes a scale per channel from 13 on; the rules of upgrading begin at 15. */
const opsetNeeded = 15;

async function quantized(
  model: Model,
  weights: readonly Weight[],
  chosen: StaticOptions,
  context: Context,
): Promise<Model> {
  const index = indexGraph(model.graph);
  const layersBy = new Map<Weight, readonly StaticLayer[]>();
  for (const weight of weights) {
    const layers = layersOf(weight, index, chosen.depthwise);
    if (typeof layers !== 'string') layersBy.set(weight, layers);
  }
  const rounded = roundedValues(model.graph, [...layersBy.values()].flat());
  const grids = await gridsOf(model, rounded, chosen, context);
  const edit = new StaticEdit(model);
  edit.round(rounded, grids);
  const work: Work = { layersBy, rounded, grids, chosen, context };
  for await (const [, store] of fittedInTurn(weights, context, (one) => codedLayers(one, work))) {
    store?.(edit);
  }
  return edit.done();
}

interface Work {
  readonly layersBy: ReadonlyMap<Weight, readonly StaticLayer[]>;
  readonly rounded: Rounded;
  readonly grids: ReadonlyMap<string, ActivationGrid>;
  readonly chosen: StaticOptions;
  readonly context: Context;
}

/** Finds the codes of a weight and its biases; what comes back writes them down. */
async function codedLayers(
  weight: Weight,
  { layersBy, rounded, grids, chosen, context: { crew, signal } }: Work,
): Promise<((edit: StaticEdit) => void) | undefined> {
  const layers = layersBy.get(weight) ?? [];
  const [first] = layers;
  if (!first) return undefined;
  const values = scaledWeights(first, await loadFinite(weight));
  const steps = layers.map(({ node }) => grids.get(rounded.get(node.inputs[0] ?? '')!)!.scale);
  const biases: (Float32Array | undefined)[] = [];
  for (const layer of layers) {
    biases.push(layer.bias && scaledBias(layer, await loadFloats(layer.bias)));
  }
  const { layout } = first;
  const input = { weights: values, layout, blockSize: layout.axis, grid: int8Grid(chosen.range) };
  const fitted = await crew.run('fit-blocks', input, signal);
  const coded = codesOfLayer(first, values, fitted, chosen.range, leastScales(biases, steps));
  return (edit) => edit.store(layers, coded, biases, steps);
}

/** The layers of a weight, or why it stays. */
function layersOf(
  weight: Weight,
  index: GraphIndex,
  depthwise: StaticOptions['depthwise'],
): readonly StaticLayer[] | string {
  const dense = notDense(weight);
  if (dense !== undefined) return dense;
  if (weight.role === 'depthwise-conv' && depthwise === 'float32') {
    return 'depthwise convolutions stay in float32, which is faster for them';
  }
  return staticLayers(weight, index);
}

/** The keys of the first and the last weight that could be rounded, in the order of the graph. */
function endsOf(
  model: Model,
  index: GraphIndex,
  { ends, depthwise }: StaticOptions,
): ReadonlySet<string> {
  if (ends === 'int8') return new Set();
  const places = new Map(model.graph.nodes.map((node, place) => [node, place] as const));
  const layers = findWeights(model).flatMap((weight) => {
    const found = layersOf(weight, index, depthwise);
    return typeof found === 'string' ? [] : found;
  });
  const ordered = layers.sort((a, b) => places.get(a.node)! - places.get(b.node)!);
  return new Set(
    [ordered[0], ordered.at(-1)].flatMap((layer) => (layer ? [layer.weight.key] : [])),
  );
}
