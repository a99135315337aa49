/** Walks from a value to the layers that it comes from or goes into, through operators that are no layers. */
import { operatorOf, type FlowNode, type FlowValue } from './flow.ts';
import type { Layers } from './roles.ts';

/** A walk that has looked at this many values gives up: what it looks for is never that far. */
const farthest = 256;

/** Operators that only move, pick or convert elements of their first input. */
export const moving: ReadonlySet<string> = new Set([
  'Cast',
  'CastLike',
  'DequantizeLinear',
  'Dropout',
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'Identity',
  'Pad',
  'QuantizeLinear',
  'Reshape',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/** Operators that normalize, rotate or scale their first input by something else. */
export const adjusting: ReadonlySet<string> = new Set([
  'LayerNormalization',
  'LpNormalization',
  'RMSNormalization',
  'RotaryEmbedding',
  'SimplifiedLayerNormalization',
  'com.microsoft.GemmaRotaryEmbedding',
  'com.microsoft.RotaryEmbedding',
]);

/** Operators that combine all their inputs element by element, or join them. */
export const combining: ReadonlySet<string> = new Set([
  'Add',
  'Concat',
  'Div',
  'Max',
  'Min',
  'Mul',
  'Neg',
  'Sub',
  'Sum',
  'Where',
]);

/** The nodes where a walk ends, and those that it passed. */
export interface Passage {
  readonly ends: ReadonlySet<FlowNode>;
  readonly passed: ReadonlySet<FlowNode>;
}

/** Whether a walk goes on through a node that is no layer. */
export type Through = (operator: string, node: FlowNode) => boolean;

/** Walks back from a value until it meets other nodes than `through` lets pass. Undefined where that is too far. */
export function walkBack(
  start: FlowValue | undefined,
  layers: Layers,
  through: Through,
): Passage | undefined {
  return walk(start, layers, through, {
    nodes: ({ producer }) => (producer ? [producer] : []),
    values: (node) =>
      node.phi || combining.has(operatorOf(node.node)) ? node.inputs : [node.inputs[0]],
  });
}

/** Walks on from a value, the same way. */
export function walkOn(
  start: FlowValue | undefined,
  layers: Layers,
  through: Through,
): Passage | undefined {
  return walk(start, layers, through, {
    nodes: ({ uses }) => (uses.length > farthest ? undefined : uses.map(({ node }) => node)),
    values: ({ outputs }) => outputs,
  });
}

/** What comes next: nodes at a value, values at a node. */
interface Direction {
  nodes(value: FlowValue): readonly FlowNode[] | undefined;
  values(node: FlowNode): readonly (FlowValue | undefined)[];
}

function walk(
  start: FlowValue | undefined,
  layers: Layers,
  through: Through,
  direction: Direction,
): Passage | undefined {
  const seen = new Set(start ? [start] : []);
  const ends = new Set<FlowNode>();
  const passed = new Set<FlowNode>();
  let looked = 0;
  // A set visits what is added to it while it is visited.
  for (const value of seen) {
    const nodes = direction.nodes(value);
    if (!nodes) return undefined;
    for (const node of nodes) {
      if (passed.has(node) || ends.has(node)) continue;
      const passes =
        !layers.has(node) && !isWide(node) && (node.phi || through(operatorOf(node.node), node));
      (passes ? passed : ends).add(node);
      const next = passes ? direction.values(node) : [];
      for (const one of next) if (one) seen.add(one);
      looked += 1 + next.length;
    }
    if (looked > farthest) return undefined;
  }
  return { ends, passed };
}

const isWide = ({ inputs, outputs }: FlowNode): boolean => inputs.length + outputs.length > 64;

/** Inputs of a node that are neither stored nor made by a Constant. */
export const computedInputs = (node: FlowNode): FlowValue[] =>
  isWide(node) ? [] : node.inputs.flatMap((value) => (value && !isConstant(value) ? [value] : []));

export const isConstant = ({ tensor, producer }: FlowValue): boolean =>
  tensor !== undefined || producer?.node.opType === 'Constant';
