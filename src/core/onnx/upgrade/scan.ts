/** Scan of opset 8, which ran over a batch of sequences. */
import { attribute, attributeOf, graph as makeGraph, intsOf, node as makeNode } from '../build.ts';
import type { Node, ValueInfo } from '../types.ts';
import { withoutAttributes } from './rule.ts';
import type { Scope } from './scope.ts';

/** From opset 9 on there is no batch axis: a Scan over the batch runs the Scan over the sequence. */
export function scanOverBatch(node: Node, scope: Scope): readonly Node[] {
  const [lengths = '', ...inputs] = node.inputs;
  const body = attributeOf(node, 'body')?.g;
  if (!body) scope.refuse(node, 'it has no body');
  if (lengths !== '') scope.refuse(node, 'its sequences have lengths of their own (sequence_lens)');
  const directions = intsOf(node, 'directions');
  const [entries, results] = [inputs.length, node.outputs.length].map((count, which) =>
    Array.from({ length: count }, () => scope.fresh(which === 0 ? 'sequence' : 'result')),
  ) as [string[], string[]];
  const plain = withoutAttributes(node, 'directions');
  const overSequence: Node = {
    ...plain,
    name: scope.fresh('over_sequence'),
    inputs: entries,
    outputs: results,
    attributes: directions
      ? [...plain.attributes, attribute('scan_input_directions', directions)]
      : plain.attributes,
  };
  const eachOfBatch = makeGraph({
    nodes: [overSequence],
    inputs: entries.map((name, at) => likeElement(name, body.inputs[at])),
    outputs: results.map((name, at) => likeElement(name, body.outputs[at])),
    name: scope.fresh('each_of_batch'),
  });
  const attributes = { body: eachOfBatch, num_scan_inputs: inputs.length };
  return [makeNode('Scan', inputs, node.outputs, { name: node.name, attributes })];
}

/** A value of the same element type and any shape: sequences have one axis more than what the body sees. */
function likeElement(name: string, like: ValueInfo | undefined): ValueInfo {
  const elemType = like?.type?.tensorType?.elemType;
  return elemType === undefined ? { name } : { name, type: { tensorType: { elemType } } };
}
