/** The table of gradient rules, by operator: a new one is a file and a line here. */
import { attributeOf } from '../../onnx/build.ts';
import { dtypes, type Node } from '../../onnx/types.ts';
import type { Rule } from '../rule.ts';
import {
  clip,
  elu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  pRelu,
  relu,
  selu,
  sigmoid,
  softplus,
  softsign,
  tanh,
} from './activations.ts';
import { div, extreme, mean, mul, neg, sub, sum } from './arithmetic.ts';
import { einsum } from './einsum.ts';
import { fastGelu, gelu, mish, quickGelu, swish } from './gelu.ts';
import { fusedMatMul, gemm, matMul } from './matmul.ts';
import { abs, cos, erf, exp, log, pow, reciprocal, sin, sqrt } from './powers.ts';
import {
  reduceExtreme,
  reduceL2,
  reduceLogSumExp,
  reduceMean,
  reduceSum,
  reduceSumSquare,
} from './reduce.ts';
import { logSoftmax, softmax } from './softmax.ts';
import { averagePool, globalAveragePool } from './average-pool.ts';
import { batchNormalization } from './batch-normalization.ts';
import { convTranspose } from './conv-transpose.ts';
import { conv } from './conv.ts';
import { instanceNormalization } from './instance-normalization.ts';
import { layerNormalization, rmsNormalization } from './layer-normalization.ts';
import { globalMaxPool, maxPool } from './max-pool.ts';
import { concat } from './concat.ts';
import { cumSum, trilu } from './cum-sum.ts';
import { depthToSpace, spaceToDepth } from './depth-to-space.ts';
import { gatherElements, gatherND } from './gather-elements.ts';
import { gather } from './gather.ts';
import { pad } from './pad.ts';
import { dequantizeLinear, quantizeLinear, straightThrough } from './quantize.ts';
import { resize } from './resize.ts';
import { scatterElements, scatterND } from './scatter-updates.ts';
import { cast, dropout, expand, identity, reshape, tile, transpose } from './shape-changes.ts';
import { slice } from './slice.ts';
import { split } from './split.ts';
import { where } from './where.ts';

/** Operators of ai.onnx, and of onnxruntime's own domain where it has them. */
export const rules: Readonly<Record<string, Rule>> = {
  // Products
  Einsum: einsum,
  FusedMatMul: fusedMatMul,
  Gemm: gemm,
  MatMul: matMul,

  // Arithmetic
  Abs: abs,
  Add: sum,
  Cos: cos,
  Div: div,
  Erf: erf,
  Exp: exp,
  Log: log,
  Max: extreme,
  Mean: mean,
  Min: extreme,
  Mul: mul,
  Neg: neg,
  Pow: pow,
  Reciprocal: reciprocal,
  Sin: sin,
  Sqrt: sqrt,
  Sub: sub,
  Sum: sum,

  // Activations
  Clip: clip,
  Elu: elu,
  FastGelu: fastGelu,
  Gelu: gelu,
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  LeakyRelu: leakyRelu,
  LogSoftmax: logSoftmax,
  Mish: mish,
  PRelu: pRelu,
  QuickGelu: quickGelu,
  Relu: relu,
  Selu: selu,
  Sigmoid: sigmoid,
  Softmax: softmax,
  Softplus: softplus,
  Softsign: softsign,
  Swish: swish,
  Tanh: tanh,

  // Reductions
  ReduceL2: reduceL2,
  ReduceLogSumExp: reduceLogSumExp,
  ReduceMax: reduceExtreme,
  ReduceMean: reduceMean,
  ReduceMin: reduceExtreme,
  ReduceSum: reduceSum,
  ReduceSumSquare: reduceSumSquare,

  // Convolutions, pooling, normalization
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Conv: conv,
  ConvTranspose: convTranspose,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  MaxPool: maxPool,
  RMSNormalization: rmsNormalization,
  SimplifiedLayerNormalization: rmsNormalization,

  // Shapes and places
  Cast: cast,
  Concat: concat,
  CumSum: cumSum,
  DepthToSpace: depthToSpace,
  Dropout: dropout,
  Expand: expand,
  Flatten: reshape,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  Identity: identity,
  Pad: pad,
  Reshape: reshape,
  Resize: resize,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Slice: slice,
  SpaceToDepth: spaceToDepth,
  Split: split,
  Squeeze: reshape,
  Tile: tile,
  Transpose: transpose,
  Trilu: trilu,
  Unsqueeze: reshape,
  Where: where,

  // Rounding, straight through
  Ceil: straightThrough,
  DequantizeLinear: dequantizeLinear,
  Floor: straightThrough,
  QuantizeLinear: quantizeLinear,
  Round: straightThrough,
};

/** Operators through which nothing flows back: what they give is no smooth function of what they get. */
const flat: ReadonlySet<string> = new Set([
  'And',
  'ArgMax',
  'ArgMin',
  'ConstantOfShape',
  'Equal',
  'EyeLike',
  'Greater',
  'GreaterOrEqual',
  'IsInf',
  'IsNaN',
  'Less',
  'LessOrEqual',
  'NonZero',
  'Not',
  'OneHot',
  'Or',
  'RandomNormalLike',
  'RandomUniformLike',
  'Range',
  'Shape',
  'Sign',
  'Size',
  'Xor',
]);

/** Whether the way back ends at a node. */
export function hasNoGradient(node: Node): boolean {
  if (node.opType === 'Cast') {
    return !/^float|^bfloat/.test(dtypes[Number(attributeOf(node, 'to')?.i ?? 0)] ?? '');
  }
  return flat.has(node.opType);
}

/** The rule for a node, where there is one. Domains other than onnxruntime's own have none. */
export function ruleFor({ opType, domain }: Node): Rule | undefined {
  const isKnown = domain === '' || domain === 'ai.onnx' || domain === 'com.microsoft';
  return isKnown && Object.hasOwn(rules, opType) ? rules[opType] : undefined;
}
