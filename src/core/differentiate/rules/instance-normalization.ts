import { floatOf } from '../../onnx/build.ts';
import type { Rule } from '../rule.ts';
import { product } from './axes.ts';
import { normalizeRows, throughStatistics } from './normalized-rows.ts';

/** InstanceNormalization (Ulyanov et al., 2016): each channel of each image is a row of its own. */
export const instanceNormalization: Rule = (step) => {
  const [x = '', scale = ''] = step.node.inputs;
  const [dy] = step.gradients;
  if (dy === undefined) return [];
  const dims = step.dims(x);
  const [batch, channels] = [dims[0]!, dims[1]!];
  const width = product(dims.slice(2));
  const shape = [batch * channels, width];
  const flat = (value: string): string => step.emit('Reshape', [value, step.integers(shape)]);
  const epsilon = floatOf(step.node, 'epsilon', 1e-5);
  const rows = normalizeRows(step, flat(x), width, epsilon, true);
  const arriving = flat(dy);
  const sums = [step.emit('Mul', [arriving, rows.normalized]), arriving].map((value) =>
    step.sum(value, shape, [1], true),
  ) as [string, string];
  const perChannel = (input: number, value: string): string | undefined => {
    if (!step.wants(input)) return undefined;
    const table = step.emit('Reshape', [value, step.integers([batch, channels])]);
    return step.sum(table, [batch, channels], [0], false);
  };
  const rest = [perChannel(1, sums[0]), perChannel(2, sums[1])];
  if (!step.wants(0)) return [undefined, ...rest];
  const mean = (sum: string): string => step.emit('Mul', [sum, step.floats(1 / width)]);
  const means = { ofProduct: mean(sums[0]), ofGradient: mean(sums[1]) };
  const table = step.emit('Reshape', [rows.inverseDeviation, step.integers([batch, channels])]);
  const factor = step.emit('Reshape', [
    step.emit('Mul', [table, scale]),
    step.integers([batch * channels, 1]),
  ]);
  const dx = throughStatistics(step, rows, arriving, means, factor);
  return [step.emit('Reshape', [dx, step.integers(dims)]), ...rest];
};
