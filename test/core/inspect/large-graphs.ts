/** Generated graphs: as large as a test or a story needs, with and without names that tell of groups. */
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node } from '../../../src/core/onnx/types.ts';

const nodesInBlock = 10;

/**
 * Residual blocks of ten nodes each, all of one small weight, and a mask that every block takes from the
 * input: `nodes` in all, named `/layers.N/part/Op` or not at all.
 */
export function manyNodes(nodes: number, { named = true } = {}): Model {
  const made: Node[] = [];
  const add = (
    op: string,
    part: string,
    block: number,
    inputs: readonly string[],
    output: string,
  ) => {
    const name = named ? `/layers.${block}/${part}/${op}` : '';
    made.push(node(op, inputs, [output], { name }));
    return output;
  };
  let x = 'x';
  const blocks = Math.floor(nodes / nodesInBlock);
  for (let block = 0; block < blocks; block++) {
    const at = (label: string): string => `b${block}.${label}`;
    const q = add('MatMul', 'attn/q', block, [x, 'w'], at('q'));
    const k = add('MatMul', 'attn/k', block, [x, 'w'], at('k'));
    const v = add('MatMul', 'attn/v', block, [x, 'w'], at('v'));
    const scores = add('Mul', 'attn', block, [q, k], at('scores'));
    const masked = add('Add', 'attn', block, [scores, 'mask'], at('masked'));
    const soft = add('Softmax', 'attn', block, [masked], at('soft'));
    const mixed = add('Mul', 'attn/mix', block, [soft, v], at('mixed'));
    const sum = add('Add', 'residual', block, [mixed, x], at('sum'));
    const up = add('Relu', 'mlp', block, [sum], at('up'));
    x = add('Add', 'mlp', block, [up, sum], at('out'));
  }
  for (let rest = blocks * nodesInBlock; rest < nodes; rest++)
    x = add('Relu', 'end', blocks, [x], `end${rest}`);
  return model(
    graph({
      inputs: [value('x', 'float32', [1, 4]), value('mask', 'float32', [1, 4])],
      outputs: [value(x, 'float32', [1, 4])],
      initializers: [makeTensor('w', 'float32', [4, 4], new Float32Array(16).fill(0.25))],
      nodes: made,
    }),
  );
}
