/** Along which axis a value has its channels. */
import type { Model } from '../onnx/types.ts';

/** Operators whose values are [batch, channels, …], whatever their rank. */
const channelsSecond =
  /^(NhwcFused|Fused|QLinear)?Conv|Pool$|^BatchNormalization$|^InstanceNormalization$/;

/** 1 of images and of what convolutions take and give, the last of others; nothing of plain lists. */
export function channelAxes(
  { graph }: Model,
  dims: ReadonlyMap<string, readonly number[]>,
): ReadonlyMap<string, number> {
  const second = new Set<string | undefined>();
  for (const { opType, inputs, outputs } of graph.nodes) {
    if (channelsSecond.test(opType)) second.add(inputs[0]).add(outputs[0]);
  }
  const axes = [...dims].flatMap(([name, { length: rank }]) => {
    if (rank < 2) return [];
    const images = rank >= 4 || (rank === 3 && second.has(name));
    return [[name, images ? 1 : rank - 1] as const];
  });
  return new Map(axes);
}
