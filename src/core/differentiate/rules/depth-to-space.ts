/** DepthToSpace and SpaceToDepth: pixels become channels and back; only places change. */
import { intOf, textOf } from '../../onnx/build.ts';
import type { Rule } from '../rule.ts';

/** DepthToSpace in either mode: block columns first (DCR), or channels first (CRD). */
export const depthToSpace: Rule = (step) => {
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const size = intOf(step.node, 'blocksize', 1);
  const dims = step.dims(step.node.inputs[0]!);
  const [batch = 1, channels = 1, height = 1, width = 1] = dims;
  const blocks = [batch, channels / (size * size), height, size, width, size];
  const split = step.emit('Reshape', [gradient, step.integers(blocks)]);
  const isColumnFirst = (textOf(step.node, 'mode') ?? 'DCR') === 'DCR';
  const perm = isColumnFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  const turned = step.emit('Transpose', [split], { perm });
  return [step.emit('Reshape', [turned, step.integers(dims)])];
};

/** SpaceToDepth is undone by DepthToSpace with block columns first. */
export const spaceToDepth: Rule = (step) => {
  const [gradient] = step.gradients;
  if (gradient === undefined || !step.wants(0)) return [];
  const blocksize = intOf(step.node, 'blocksize', 1);
  return [step.emit('DepthToSpace', [gradient], { blocksize, mode: 'DCR' })];
};
