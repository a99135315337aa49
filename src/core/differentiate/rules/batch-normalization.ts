import { floatOf, intOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';
import { product } from './axes.ts';

/**
 * BatchNormalization, y = scale · (x − mean) / √(variance + ε) + bias, per channel. With stored
 * statistics it is affine; with those of the batch, dx has their part in it (Ioffe and Szegedy,
 * 2015, section 3): dx = scale / σ · (dy − mean(dy) − x̂ · mean(dy · x̂)).
 */
export const batchNormalization: Rule = (step) => {
  const [dy] = step.gradients;
  if (dy === undefined) return [];
  if (intOf(step.node, 'training_mode', 0) === 1) {
    step.refuse('it is in training mode; export the model for inference');
  }
  return step.batchStatistics ? ofBatch(step, dy) : ofStored(step, dy);
};

function ofBatch(step: BackwardStep, dy: string): (string | undefined)[] {
  const [x = '', scale = ''] = step.node.inputs;
  const normalized = normalize(step);
  const dBias = sumPerChannel(step, dy);
  const dScale = sumPerChannel(step, step.emit('Mul', [dy, normalized]));
  const rest = [step.wants(1) ? dScale : undefined, step.wants(2) ? dBias : undefined];
  if (!step.wants(0)) return [undefined, ...rest];
  const dims = step.dims(x);
  const fraction = step.floats(-dims[1]! / product(dims));
  const factor = step.emit('Mul', [scale, inverseDeviation(step)]);
  const part = (sum: string): string =>
    step.emit('Mul', [step.emit('Mul', [sum, fraction]), factor]);
  const direct = affine(step, dy, factor, part(dBias));
  const through = affine(step, normalized, part(dScale), zeros(step));
  return [step.emit('Add', [direct, through]), ...rest];
}

function ofStored(step: BackwardStep, dy: string): (string | undefined)[] {
  const [, scale = ''] = step.node.inputs;
  const inverse = inverseDeviation(step);
  const factor = step.emit('Mul', [scale, inverse]);
  const dBias = [2, 3].some((input) => step.wants(input)) ? sumPerChannel(step, dy) : undefined;
  const dScale = [1, 4].some((input) => step.wants(input))
    ? sumPerChannel(step, step.emit('Mul', [dy, normalize(step)]))
    : undefined;
  const scaled = (sum: string): string => step.emit('Mul', [sum, factor]);
  return [
    step.wants(0) ? affine(step, dy, factor, zeros(step)) : undefined,
    step.wants(1) ? dScale : undefined,
    step.wants(2) ? dBias : undefined,
    step.wants(3) ? step.emit('Neg', [scaled(dBias!)]) : undefined,
    step.wants(4)
      ? step.emit('Mul', [step.emit('Mul', [scaled(dScale!), inverse]), step.floats(-0.5)])
      : undefined,
  ];
}

/** x̂, by the operator itself with scale 1 and bias 0. */
function normalize(step: BackwardStep): string {
  const [x = '', , , mean = '', variance = ''] = step.node.inputs;
  return step.emit('BatchNormalization', [x, ones(step), zeros(step), mean, variance], {
    epsilon: { float: epsilonOf(step) },
  });
}

/** factor · value + term per channel, in one pass: BatchNormalization with mean 0 and variance 1. */
const affine = (step: BackwardStep, value: string, factor: string, term: string): string =>
  step.emit('BatchNormalization', [value, factor, term, zeros(step), ones(step)], {
    epsilon: { float: 0 },
  });

function inverseDeviation(step: BackwardStep): string {
  const variance = step.node.inputs[4]!;
  const safe = step.emit('Add', [variance, step.floats(epsilonOf(step))]);
  return step.emit('Reciprocal', [step.emit('Sqrt', [safe])]);
}

const epsilonOf = ({ node }: BackwardStep): number => floatOf(node, 'epsilon', 1e-5);

const channelsOf = (step: BackwardStep): number => step.dims(step.node.inputs[1]!)[0]!;
const ones = (step: BackwardStep): string => step.floats(Array<number>(channelsOf(step)).fill(1));
const zeros = (step: BackwardStep): string => step.floats(Array<number>(channelsOf(step)).fill(0));

function sumPerChannel(step: BackwardStep, value: string): string {
  const dims = step.dims(step.node.inputs[0]!);
  const axes = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
  return step.sum(value, dims, axes, false);
}
