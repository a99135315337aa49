/** The table of operators that compute with codes, and how each is written for real values. */
import type { Node } from '../../onnx/types.ts';
import { dequantizeLinear, dynamicQuantizeLinear, quantizeLinear } from './activations.ts';
import { cast, integerProduct, multiply } from './integer-products.ts';
import { matMulBnb4 } from './bnb4.ts';
import { dynamicQuantizeMatMul, matMulIntegerToFloat, qAttention } from './fused-products.ts';
import { gatherBlockQuantized, matMulNBits } from './packed-operators.ts';
import {
  binary,
  qGemm,
  qLinearConcat,
  qLinearConv,
  qLinearMatMul,
  qLinearReduceMean,
  qLinearSoftmax,
  qLinearWhere,
  unary,
} from './quantized-operators.ts';
import type { FloatScope } from './scope.ts';

/** Writes a node into the new graph. Errors: LeftAlone where it does not know this form of it. */
export type Rule = (scope: FloatScope, node: Node) => Promise<void>;

const ms = 'com.microsoft.';

export const rules: Readonly<Record<string, Rule>> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  [`${ms}QuantizeLinear`]: quantizeLinear,
  [`${ms}DequantizeLinear`]: dequantizeLinear,
  QLinearMatMul: qLinearMatMul,
  QLinearConv: qLinearConv,
  [`${ms}QLinearConv`]: qLinearConv,
  [`${ms}QGemm`]: qGemm,
  [`${ms}QLinearAdd`]: binary('Add'),
  [`${ms}QLinearMul`]: binary('Mul'),
  [`${ms}QLinearSigmoid`]: unary('Sigmoid'),
  [`${ms}QLinearLeakyRelu`]: unary('LeakyRelu'),
  [`${ms}QLinearAveragePool`]: unary('AveragePool'),
  [`${ms}QLinearGlobalAveragePool`]: unary('GlobalAveragePool'),
  [`${ms}QLinearSoftmax`]: qLinearSoftmax,
  [`${ms}QLinearConcat`]: qLinearConcat,
  [`${ms}QLinearWhere`]: qLinearWhere,
  [`${ms}QLinearReduceMean`]: qLinearReduceMean,
  [`${ms}QAttention`]: qAttention,
  MatMulInteger: integerProduct,
  ConvInteger: integerProduct,
  Cast: cast,
  Mul: multiply,
  [`${ms}DynamicQuantizeMatMul`]: dynamicQuantizeMatMul,
  [`${ms}MatMulIntegerToFloat`]: matMulIntegerToFloat,
  [`${ms}MatMulNBits`]: matMulNBits,
  [`${ms}MatMulBnb4`]: matMulBnb4,
  [`${ms}GatherBlockQuantized`]: gatherBlockQuantized,
};

/** Operators that take or give codes and have no rule, by how they begin. */
export const computesWithCodes = (operator: string): boolean =>
  /(^|\.)(Q[A-Z]|QLinear|DynamicQuantize|QuantizeLinear|DequantizeLinear|MatMulInteger|ConvInteger|MatMulNBits|MatMulBnb4|MatMulFpQ4|GatherBlockQuantized)/.test(
    operator,
  );
