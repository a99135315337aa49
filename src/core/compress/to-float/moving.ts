/** Operators that move codes without computing with them: what they do to codes they do to the values behind. */
import { operatorOf } from '../../onnx/flow.ts';
import type { Node } from '../../onnx/types.ts';
import type { FloatScope, Twin } from './scope.ts';

/** Which inputs hold the codes; all others (shapes, places, sizes) are taken as they are. */
const table: Readonly<Record<string, 'first' | 'all'>> = {
  Identity: 'first',
  Reshape: 'first',
  Flatten: 'first',
  Transpose: 'first',
  Squeeze: 'first',
  Unsqueeze: 'first',
  Expand: 'first',
  Tile: 'first',
  Gather: 'first',
  GatherElements: 'first',
  GatherND: 'first',
  Slice: 'first',
  Split: 'first',
  DepthToSpace: 'first',
  SpaceToDepth: 'first',
  // The largest code stands for the largest value: scales are positive.
  MaxPool: 'first',
  Concat: 'all',
};

/** Writes a node that moves codes again for their twins; the node itself stays for whoever needs codes. */
export async function move(scope: FloatScope, node: Node): Promise<void> {
  const which = table[operatorOf(node)];
  const first = scope.twin(node.inputs[0] ?? '');
  if (!which || !first || (node.opType === 'MaxPool' && node.outputs.length > 1)) return;
  const inputs = [...node.inputs];
  for (const [at, name] of node.inputs.entries()) {
    if (which === 'first' && at > 0) break;
    const twin = scope.twin(name);
    if (!twin || !(await alike(scope, first, twin))) return;
    inputs[at] = twin.value;
  }
  const outputs = node.outputs.map((name) => name && scope.job.fresh(`${name}_float`));
  scope.emit({ ...node, inputs, outputs });
  const { scale, zeroPoint, dynamic = false } = first;
  node.outputs.forEach((name, at) => {
    if (name) scope.setTwin(name, { value: outputs[at] ?? '', scale, zeroPoint, dynamic });
  });
}

const alike = async (scope: FloatScope, a: Twin, b: Twin): Promise<boolean> =>
  (await scope.same(a.scale, b.scale)) && (await scope.same(a.zeroPoint, b.zeroPoint));
