/** Normalizations of each row by its own statistics, with a scale per column. */
import { floatOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { axisOf, product } from './axes.ts';
import { normalizeRows, throughStatistics } from './normalized-rows.ts';

/** LayerNormalization over the axes from `axis` on (Ba et al., 2016). */
export const layerNormalization: Rule = (step) => rowsRule(step, true);

/** RMSNormalization and onnxruntime's SimplifiedLayerNormalization (Zhang and Sennrich, 2019): no mean, no bias. */
export const rmsNormalization: Rule = (step) => rowsRule(step, false);

function rowsRule(step: BackwardStep, isCentered: boolean): (string | undefined)[] {
  const { inputs, outputs } = step.node;
  const [dy, ...others] = step.gradients;
  if (others.some((gradient) => gradient !== undefined)) {
    step.refuse('its outputs of statistics are used');
  }
  if (dy === undefined) return [];
  const dims = step.dims(inputs[0]!);
  const axis = axisOf(step.node, -1, dims.length);
  const width = product(dims.slice(axis));
  if (product(step.dims(inputs[1]!)) !== width) step.refuse('its scale is broadcast');
  const shape = [product(dims) / width, width];
  const flat = (value: string): string => step.emit('Reshape', [value, step.integers(shape)]);
  const epsilon = floatOf(step.node, 'epsilon', 1e-5);
  const rows = normalizeRows(step, flat(inputs[0]!), width, epsilon, isCentered);
  const arriving = flat(dy);
  const along = step.emit('Mul', [arriving, rows.normalized]);
  const perColumn = (input: number, value: string): string | undefined => {
    if (!step.wants(input)) return undefined;
    const total = step.sum(value, shape, [0], false);
    return step.emit('Reshape', [total, step.integers(step.dims(inputs[input]!))]);
  };
  const rest = [perColumn(1, along), perColumn(2, arriving)];
  if (!step.wants(0)) return [undefined, ...rest];
  // A mean over a row of scale · value is a product of matrices: no scaled copy is made for it.
  const weights = step.emit('Mul', [
    step.emit('Reshape', [inputs[1]!, step.integers([width, 1])]),
    step.floats(1 / width),
  ]);
  const meanOf = (value: string): string => step.emit('MatMul', [value, weights]);
  const scale = step.emit('Reshape', [inputs[1]!, step.integers([1, width])]);
  const means = { ofGradient: isCentered ? meanOf(arriving) : undefined, ofProduct: meanOf(along) };
  const scaled = step.emit('Mul', [arriving, scale]);
  const dx = throughStatistics(step, rows, scaled, means, rows.inverseDeviation);
  return [step.emit('Reshape', [dx, step.integers(step.dims(outputs[0]!))]), ...rest];
}
