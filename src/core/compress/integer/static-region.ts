/**
 * Which activations are rounded. Those that integer layers take and give, and those between: a sum, a
 * pool or a concatenation of rounded values gives rounded ones, and what only moves values passes their
 * grid on.
 */
import { indexGraph, sorted, type GraphIndex } from '../../onnx/graph.ts';
import type { Graph, Node } from '../../onnx/types.ts';
import type { StaticLayer } from './static-layers.ts';

/** Rounded values, by the value whose grid each of them has. */
export type Rounded = ReadonlyMap<string, string>;

/** They give values of their input, so codes stay codes. */
const movers = new Set([
  ...['MaxPool', 'Reshape', 'Flatten', 'Transpose', 'Squeeze', 'Unsqueeze', 'Identity'],
]);
/** onnxruntime computes them with codes where all that they take and give is rounded. */
const between = new Set(['Add', 'GlobalAveragePool', 'AveragePool', 'Concat']);
const passing = new Set([...movers, ...between]);
/** The grid of what they give does their work: they vanish into the layer before. */
const fused = new Set(['Relu', 'Clip']);

export function roundedValues(graph: Graph, layers: readonly StaticLayer[]): Rounded {
  const index = indexGraph(graph);
  const { nodes } = sorted(graph);
  const rounded = new Map<string, string>();
  const round = (value: string, like = value) => rounded.set(value, like);
  const wanted = wantedBy(nodes, layers);
  const byNode = new Set(layers.map(({ node }) => node));
  for (const { node } of layers) round(node.inputs[0] ?? '');
  for (const node of nodes) {
    const [input = '', ...others] = node.inputs;
    const [output = ''] = node.outputs;
    if (byNode.has(node)) {
      const last = fusedOutput(index, output);
      // A convolution of integers gives integers; products may give real numbers.
      if (node.opType === 'Conv' || (wanted.has(last) && !index.isOutput(last))) round(last);
      continue;
    }
    if (node.domain !== '' || !passing.has(node.opType) || node.outputs.length > 1) continue;
    if (!wanted.has(output) || index.isOutput(output)) continue;
    if (movers.has(node.opType)) {
      const root = rounded.get(input);
      if (root !== undefined) round(output, root);
    } else if ([input, ...others].every((value) => rounded.has(value))) {
      round(fusedOutput(index, output));
    }
  }
  return rounded;
}

/** The value behind an activation that only this value feeds. */
export function fusedOutput(index: GraphIndex, value: string): string {
  const uses = index.uses(value);
  const [only] = uses;
  if (!only || uses.length > 1 || index.isOutput(value)) return value;
  const isFused = only.input === 0 && only.node.domain === '' && fused.has(only.node.opType);
  return isFused ? (only.node.outputs[0] ?? value) : value;
}

/** Values that reach an integer layer through nodes that keep codes codes. */
function wantedBy(nodes: readonly Node[], layers: readonly StaticLayer[]): ReadonlySet<string> {
  const wanted = new Set(layers.map(({ node }) => node.inputs[0] ?? ''));
  for (const node of [...nodes].reverse()) {
    const passes = passing.has(node.opType) || fused.has(node.opType);
    if (node.domain !== '' || !passes || !node.outputs.some((output) => wanted.has(output)))
      continue;
    const carried = between.has(node.opType) ? node.inputs : node.inputs.slice(0, 1);
    for (const value of carried) wanted.add(value);
  }
  return wanted;
}
