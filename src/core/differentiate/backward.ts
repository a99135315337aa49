/**
 * The way back through a graph (reverse-mode differentiation): from the gradients of some outputs to
 * those of the values that are trained, node by node in reverse order, each by the rule of its operator.
 */
import { ModelError } from '../errors.ts';
import type { Node } from '../onnx/types.ts';
import type { GraphEmitter } from './emitter.ts';
import type { Forward } from './forward.ts';
import { nodeStep } from './node-step.ts';
import { hasNoGradient, ruleFor } from './rules/index.ts';

export interface BackwardOptions {
  /** Gradients to start from, by the value they belong to. */
  readonly seeds: ReadonlyMap<string, string>;
  /** Values whose gradients are wanted. */
  readonly wanted: readonly string[];
  /** BatchNormalization nodes that use the statistics of the batch. */
  readonly batchStatistics?: ReadonlySet<Node>;
}

/**
 * Emits the nodes of the way back. Gives the gradient of each wanted value; one that the seeds do not
 * depend on is missing. Errors: ModelError that names every operator on the way that has no rule, and
 * the path on which it lies; before anything is emitted.
 */
export function emitBackward(
  forward: Forward,
  emitter: GraphEmitter,
  { seeds, wanted, batchStatistics = new Set() }: BackwardOptions,
): ReadonlyMap<string, string> {
  const { nodes } = forward.model.graph;
  const active = activeNodes(nodes, seeds, wanted);
  checkRules(active, wanted);
  const arriving = new Map<string, string[]>();
  for (const [value, seed] of seeds) arriving.set(value, [seed]);
  const settle = (value: string): string | undefined => {
    const gradients = arriving.get(value);
    if (!gradients) return undefined;
    const total = addUp(emitter, gradients);
    arriving.set(value, [total]);
    return total;
  };
  for (const node of [...active.nodes].reverse()) {
    const gradients = node.outputs.map((output) => settle(output));
    if (gradients.every((gradient) => gradient === undefined)) continue;
    const wants = (input: number): boolean => active.leading.has(node.inputs[input] ?? '');
    const step = nodeStep(forward, emitter, {
      node,
      gradients,
      wants,
      batchStatistics: batchStatistics.has(node),
    });
    const outgoing = ruleFor(node)!(step);
    outgoing.forEach((gradient, index) => {
      if (gradient === undefined || !wants(index)) return;
      const value = node.inputs[index]!;
      const others = arriving.get(value);
      if (others) others.push(gradient);
      else arriving.set(value, [gradient]);
    });
  }
  const results = wanted.map((value) => [value, settle(value)] as const);
  return new Map(results.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

function addUp(emitter: GraphEmitter, gradients: readonly string[]): string {
  return gradients.reduce((sum, gradient) => emitter.emit('Add', [sum, gradient]));
}

interface Active {
  /** Nodes between the wanted values and the seeds, in the order of the graph. */
  readonly nodes: readonly Node[];
  /** Values that a wanted value leads to. */
  readonly leading: ReadonlySet<string>;
}

function activeNodes(
  nodes: readonly Node[],
  seeds: ReadonlyMap<string, string>,
  wanted: readonly string[],
): Active {
  const leading = new Set(wanted);
  const led = nodes.filter((node) => {
    if (hasNoGradient(node) || !node.inputs.some((input) => leading.has(input))) return false;
    for (const output of node.outputs) if (output !== '') leading.add(output);
    return true;
  });
  const needed = new Set(seeds.keys());
  const active: Node[] = [];
  for (const node of led.reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    active.push(node);
    for (const input of node.inputs) if (leading.has(input)) needed.add(input);
  }
  return { nodes: active.reverse(), leading };
}

/** Errors: ModelError for operators without a rule, each with the way from a trained value to it. */
function checkRules({ nodes }: Active, wanted: readonly string[]): void {
  const unknown = nodes.filter((node) => !ruleFor(node));
  if (unknown.length === 0) return;
  const listed = unknown.slice(0, 5).map((node) => pathTo(node, nodes, wanted));
  const more = unknown.length > 5 ? ` and ${unknown.length - 5} more` : '';
  throw new ModelError(
    `This model can't be trained: there is no gradient for ${listed.join('; ')}${more}. ` +
      'Train only weights behind these nodes, or leave this step out.',
  );
}

/** `LSTM "encoder" (weight "w" → MatMul → LSTM)` */
function pathTo(target: Node, nodes: readonly Node[], wanted: readonly string[]): string {
  const origin = new Map<string, readonly string[]>(
    wanted.map((name) => [name, [`"${name}"`] as const]),
  );
  for (const node of nodes) {
    const from = node.inputs.map((input) => origin.get(input)).find((path) => path);
    if (!from) continue;
    const path = [...from, node.opType];
    if (node === target) {
      const [first, ...rest] = path;
      const shown = rest.length > 6 ? [...rest.slice(0, 2), '…', ...rest.slice(-3)] : rest;
      return `${node.opType} "${node.name || node.outputs[0]}" (${[first, ...shown].join(' → ')})`;
    }
    for (const output of node.outputs) if (!origin.has(output)) origin.set(output, path);
  }
  return `${target.opType} "${target.name}"`;
}
