/** What each stored tensor of a model is there for: its weights, what scales them, and the rest. */
import { findWeights, type Role } from '../onnx/weights.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/types.ts';
import { graphsOf, subgraphsOf } from '../onnx/walk.ts';

/** A part of a model's files. `structure`: graph, names, attributes, and padding between tensors. */
export type PartRole = Role | 'scales' | 'zero-points' | 'other-tensors' | 'structure';

/** Which inputs of an operator are scales and zero points of quantized numbers. */
const quantizing: Readonly<
  Record<string, { readonly scales: readonly number[]; readonly zeroPoints: readonly number[] }>
> = {
  DequantizeLinear: { scales: [1], zeroPoints: [2] },
  QuantizeLinear: { scales: [1], zeroPoints: [2] },
  MatMulNBits: { scales: [2], zeroPoints: [3] },
  GatherBlockQuantized: { scales: [2], zeroPoints: [3] },
  MatMulBnb4: { scales: [2], zeroPoints: [] },
  QLinearMatMul: { scales: [1, 4, 6], zeroPoints: [2, 5, 7] },
  QLinearConv: { scales: [1, 4, 6], zeroPoints: [2, 5, 7] },
  QGemm: { scales: [1, 4, 7], zeroPoints: [2, 5, 8] },
  MatMulInteger: { scales: [], zeroPoints: [2, 3] },
  ConvInteger: { scales: [], zeroPoints: [2, 3] },
  DynamicQuantizeMatMul: { scales: [2], zeroPoints: [3] },
  MatMulIntegerToFloat: { scales: [2, 3], zeroPoints: [4, 5] },
};

type Scope = ReadonlyMap<string, readonly Tensor[]>;

/** The role of every stored tensor that has one of its own; all others are `other-tensors`. */
export function rolesOf(model: Model): ReadonlyMap<Tensor, PartRole> {
  const roles = new Map<Tensor, PartRole>();
  visit(model.graph, [], roles);
  for (const { nodes } of model.functions) visit({ nodes, initializers: [] }, [], roles);
  for (const { tensor, role } of findWeights(model)) roles.set(tensor, role);
  for (const { sparseInitializers } of graphsOf(model)) {
    for (const { values, indices } of sparseInitializers) {
      const role = values && roles.get(values);
      if (role && indices) roles.set(indices, role);
    }
  }
  return roles;
}

function visit(
  graph: Pick<Graph, 'nodes' | 'initializers'>,
  outer: readonly Scope[],
  roles: Map<Tensor, PartRole>,
): void {
  const scopes = [storedIn(graph), ...outer];
  for (const node of graph.nodes) {
    const mark = (inputs: readonly number[], role: PartRole): void => {
      for (const input of inputs) {
        const name = node.inputs[input] ?? '';
        const tensors = scopes.find((scope) => scope.has(name))?.get(name) ?? [];
        for (const tensor of tensors) roles.set(tensor, role);
      }
    };
    const found = Object.hasOwn(quantizing, node.opType) ? quantizing[node.opType] : undefined;
    if (found) {
      mark(found.scales, 'scales');
      mark(found.zeroPoints, 'zero-points');
    }
    for (const attribute of node.attributes) {
      for (const inner of subgraphsOf(attribute)) visit(inner, scopes, roles);
    }
  }
}

/** The tensors that a graph itself stores, by the names under which its nodes use them, also in another type or multiplied. */
function storedIn({ nodes, initializers }: Pick<Graph, 'nodes' | 'initializers'>): Scope {
  const tensors = new Map<string, readonly Tensor[]>(
    initializers.map((tensor) => [tensor.name, [tensor]]),
  );
  for (const node of nodes) {
    const value = node.opType === 'Constant' ? constantOf(node) : undefined;
    const behind = value ? [value] : passedOn(node, tensors);
    if (behind.length > 0) tensors.set(node.outputs[0] ?? '', behind);
  }
  return tensors;
}

/** What a Cast passes on, and both stored factors of a Mul: scales may be codes times a step. */
function passedOn({ opType, inputs }: Node, tensors: Scope): readonly Tensor[] {
  if (opType === 'Cast') return tensors.get(inputs[0] ?? '') ?? [];
  if (opType !== 'Mul') return [];
  const factors = inputs.map((name) => tensors.get(name) ?? []);
  return factors.every(({ length }) => length === 1) ? factors.flat() : [];
}

const constantOf = (node: Node): Tensor | undefined =>
  node.attributes.find(({ name }) => name === 'value')?.t;
