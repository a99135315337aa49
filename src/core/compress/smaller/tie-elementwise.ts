/** Operators that keep each index where it is: arithmetic with broadcasting, activations, normalizations, poolings, reductions. */
import { attributeOf, intOf } from '../../onnx/build.ts';
import { alignRight, describeNode, normalAxis, type Tie } from './tie.ts';

/** All inputs and further outputs are aligned with the first output, from the last axis on. */
export const elementwise: Tie = ({ node, inputs, outputs, slots }) => {
  const [first, ...others] = outputs;
  // Before opset 7 an attribute said which axes are aligned.
  if (attributeOf(node, 'broadcast')) return 'it broadcasts in the way of opset 6';
  if (!first) return 'it has no output';
  for (const axes of [...inputs, ...others]) if (axes) alignRight(slots, axes, first);
  return undefined;
};

/** Normalizes by channel: the vectors belong to axis 1. */
export const byChannel: Tie = ({ inputs, outputs, slots }) => {
  const [x, ...vectors] = inputs;
  const [y, ...statistics] = outputs;
  const channels = x?.[1];
  if (!x || !y || !channels) return 'its input has no channels';
  alignRight(slots, x, y);
  for (const vector of [...vectors, ...statistics]) {
    if (vector?.[0]?.size === channels.size) slots.tie(channels, vector[0]);
  }
  return undefined;
};

/** Samples and channels pass; positions are pooled. */
export const pooled: Tie = ({ node, inputs: [x], outputs: [y, indices], slots }) => {
  if (!x || !y || indices) return 'its indices count positions';
  x.forEach((axis, index) => {
    const target = y[index];
    if (target && index < 2) slots.tie(axis, target);
    else
      for (const one of [axis, target])
        if (one) slots.freeze(one, `${describeNode(node)} pools it`);
  });
  return undefined;
};

/** Sums, means and extremes along some axes. */
export const reduced: Tie = ({ node, inputs: [x], outputs: [y], slots, integers }) => {
  const list = integers.known(node, 1, 'axes');
  if (!x || !y || (node.inputs[1] && !list)) return 'its axes are computed';
  const isNoop = !list?.length && intOf(node, 'noop_with_empty_axes', 0) === 1;
  const listed = list?.length ? list : isNoop ? [] : x.map((_, axis) => axis);
  const gone = new Set(listed.map((axis) => normalAxis(axis, x.length)));
  const keeps = intOf(node, 'keepdims', 1) === 1;
  let at = 0;
  x.forEach((axis, index) => {
    const target = gone.has(index) && !keeps ? undefined : y[at++];
    if (target && !gone.has(index)) slots.tie(axis, target);
  });
  return undefined;
};

/** Codes and values lie alike; scales and zero points of channels belong to their axis. */
export const quantizing: Tie = ({ node, inputs: [x, ...parameters], outputs: [y], slots }) => {
  if (!x || !y || attributeOf(node, 'block_size')) return 'its scales are by blocks';
  alignRight(slots, x, y);
  const channels = x[normalAxis(intOf(node, 'axis', 1), x.length)];
  for (const vector of parameters) {
    if (!vector || vector.length === 0 || vector[0]?.size === 1) continue;
    if (vector.length > 1 || vector[0]?.size !== channels?.size) return 'its scales are by blocks';
    slots.tie(channels!, vector[0]!);
  }
  return undefined;
};
