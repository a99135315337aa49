/** Follows a dequantized weight to the nodes that compute with it. */
import { intOf, intsOf } from '../../onnx/build.ts';
import type { CodedWeight } from './coded-weight.ts';
import type { GraphIndex } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/types.ts';

/** A node that takes the weight. */
export interface WeightUse {
  readonly weight: CodedWeight;
  readonly node: Node;
  /** Position among the node's inputs; -1 where a subgraph of the node captures the weight. */
  readonly input: number;
  /** Whether the node sees the stored matrix with its axes exchanged. */
  readonly transposed: boolean;
  /** Whether it comes in another shape or type than that of the matrix. */
  readonly recast: boolean;
}

export interface Uses {
  readonly uses: readonly WeightUse[];
  /** Whether the graph gives the weight out as a result. */
  readonly isOutput: boolean;
}

/** The uses of a weight in its own graph, through nodes that keep its values. */
export function usesOf(index: GraphIndex, weight: CodedWeight): Uses {
  const uses: WeightUse[] = [];
  let isOutput = false;
  const open = [{ name: weight.value, transposed: false, recast: false }];
  for (let value = open.pop(); value; value = open.pop()) {
    const { name, transposed, recast } = value;
    isOutput ||= index.isOutput(name);
    for (const { node, input } of index.uses(name)) {
      const [output] = node.outputs;
      if (output && input === 0 && node.domain === '' && views.has(node.opType)) {
        const turns = isExchange(node, weight);
        open.push({
          name: output,
          transposed: transposed !== turns,
          recast: recast || !(turns || node.opType === 'Identity'),
        });
      } else {
        uses.push({ weight, node, input, transposed, recast });
      }
    }
  }
  return { uses, isOutput };
}

const views = new Set([
  'Identity',
  'Transpose',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Flatten',
  'Cast',
]);

/** Whether a node exchanges the two axes of a matrix. */
function isExchange(node: Node, { codes }: CodedWeight): boolean {
  if (node.opType !== 'Transpose' || codes.dims.length !== 2) return false;
  const permutation = intsOf(node, 'perm');
  return !permutation || permutation[0] === 1;
}

/** Why a Gather does not look up rows of the weight, or undefined where it does. */
export function notTable({ weight, node, input, recast }: WeightUse): string | undefined {
  if (recast) return 'it is reshaped or converted on the way';
  if (input !== 0) return 'it holds the places to look up, not the table';
  const axis = intOf(node, 'axis', 0);
  const first = axis === 0 || axis === -weight.codes.dims.length;
  return first ? undefined : 'it is not looked up row by row';
}
