/** Normalizations: (x − mean) / √(variance + epsilon), scaled and shifted; they differ in what the statistics are of. */
import { floatOf, intOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, atBroadcast, reshaped, wrapAxis, type NumberArray } from './array.ts';
import { given, type Inputs, type Operators } from './operator.ts';
import { mean, reducedOver } from './reduction.ts';

const variance = (values: readonly number[]): number => {
  const center = mean(values);
  return mean(values.map((x) => (x - center) ** 2));
};
const meanSquare = (values: readonly number[]): number => mean(values.map((x) => x * x));

const epsilonOf = (node: Node): number => floatOf(node, 'epsilon', 1e-5);
const inverseRoot = (array: NumberArray, epsilon: number): NumberArray => ({
  ...array,
  data: array.data.map((x) => 1 / Math.sqrt(x + epsilon)),
});

/** The axes from `axis` on. */
function axesFrom(node: Node, { dims }: NumberArray): number[] {
  const axis = wrapAxis(intOf(node, 'axis', -1), dims.length);
  return dims.map((_, one) => one).slice(axis);
}

/** A list of one value per channel, so that it broadcasts to [batch, channels, …]. */
const perChannel = (list: NumberArray, { dims }: NumberArray): NumberArray =>
  reshaped(list, [list.data.length, ...dims.slice(2).map(() => 1)]);

interface Parts {
  readonly center?: NumberArray;
  readonly factor: NumberArray;
  readonly scale?: NumberArray | undefined;
  readonly bias?: NumberArray | undefined;
}

/** (x − center) · factor · scale + bias, all of them broadcast to x. */
const normalized = (x: NumberArray, { center, factor, scale, bias }: Parts): NumberArray =>
  arrayOf(x.dims, (place) => {
    const centered = at(x, place) - (center ? atBroadcast(center, place) : 0);
    const scaled = centered * atBroadcast(factor, place) * (scale ? atBroadcast(scale, place) : 1);
    return scaled + (bias ? atBroadcast(bias, place) : 0);
  });

function batchNormalization(inputs: Inputs, node: Node): NumberArray {
  if (intOf(node, 'training_mode', 0)) throw new RangeError('Statistics must be inputs here.');
  const x = given(inputs, 0);
  const [scale, bias, center, spread] = [1, 2, 3, 4].map((index) =>
    perChannel(given(inputs, index), x),
  ) as [NumberArray, NumberArray, NumberArray, NumberArray];
  return normalized(x, { center, factor: inverseRoot(spread, epsilonOf(node)), scale, bias });
}

/** Gives the mean and 1 / √(variance + epsilon) as well. */
function layerNormalization([x, scale, bias]: Inputs, node: Node): NumberArray[] {
  const axes = axesFrom(node, x!);
  const center = reducedOver(x!, axes, mean);
  const factor = inverseRoot(reducedOver(x!, axes, variance), epsilonOf(node));
  return [normalized(x!, { center, factor, scale, bias }), center, factor];
}

/** No mean is taken away, and there is no bias. */
function rmsNormalization([x, scale]: Inputs, node: Node): NumberArray[] {
  const factor = inverseRoot(reducedOver(x!, axesFrom(node, x!), meanSquare), epsilonOf(node));
  return [normalized(x!, { factor, scale }), factor];
}

function instanceNormalization([x, scale, bias]: Inputs, node: Node): NumberArray {
  const axes = x!.dims.map((_, axis) => axis).slice(2);
  return normalized(x!, {
    center: reducedOver(x!, axes, mean),
    factor: inverseRoot(reducedOver(x!, axes, variance), epsilonOf(node)),
    scale: perChannel(scale!, x!),
    bias: perChannel(bias!, x!),
  });
}

/** Statistics of groups of channels; scale and bias of each channel (opset 21). */
function groupNormalization([x, scale, bias]: Inputs, node: Node): NumberArray {
  const groups = intOf(node, 'num_groups', 1);
  const [batch = 1] = x!.dims;
  const grouped = reshaped(x!, [batch, groups, x!.data.length / batch / groups]);
  const center = reducedOver(grouped, [2], mean);
  const factor = inverseRoot(reducedOver(grouped, [2], variance), epsilonOf(node));
  const even = reshaped(normalized(grouped, { center, factor }), x!.dims);
  const [slope, shift] = [perChannel(scale!, x!), perChannel(bias!, x!)];
  return arrayOf(
    x!.dims,
    (place) => at(even, place) * atBroadcast(slope, place) + atBroadcast(shift, place),
  );
}

export const normalizations: Operators = {
  BatchNormalization: (inputs, node) => [batchNormalization(inputs, node)],
  LayerNormalization: layerNormalization,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,
  InstanceNormalization: (inputs, node) => [instanceNormalization(inputs, node)],
  GroupNormalization: (inputs, node) => [groupNormalization(inputs, node)],
};
