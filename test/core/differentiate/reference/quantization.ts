/** Whole numbers for floats and back: x ≈ (code − zeroPoint) · scale, per tensor, axis or block. */
import { intOf } from '../../../../src/core/onnx/build.ts';
import { roundHalfEven } from '../../../../src/core/math/round.ts';
import { dtypes, type Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, wrapAxis, type NumberArray } from './array.ts';
import { integerRange } from './integer-range.ts';
import { given, type Inputs, type Operators } from './operator.ts';

/** The parameter (scale or zero point) of the value at a place. */
function parameterAt(parameter: NumberArray, node: Node, place: readonly number[]): number {
  if (parameter.data.length === 1) return parameter.data[0]!;
  const axis = wrapAxis(intOf(node, 'axis', 1), place.length);
  const block = intOf(node, 'block_size', 0);
  if (block === 0) return parameter.data[place[axis]!]!;
  return at(parameter, place.with(axis, Math.floor(place[axis]! / block)));
}

function quantizeLinear(inputs: Inputs, node: Node): NumberArray {
  const [x, scale, zeroPoint] = [given(inputs, 0), given(inputs, 1), inputs[2]];
  const named = dtypes[intOf(node, 'output_dtype', 0)];
  const dtype = zeroPoint?.dtype ?? (named && named !== 'undefined' ? named : 'uint8');
  const [least, most] = integerRange(dtype);
  const codeAt = (place: readonly number[]): number => {
    const shift = zeroPoint ? parameterAt(zeroPoint, node, place) : 0;
    const code = roundHalfEven(at(x, place) / parameterAt(scale, node, place)) + shift;
    return Math.min(Math.max(code, least), most);
  };
  return arrayOf(x.dims, codeAt, dtype);
}

function dequantizeLinear(inputs: Inputs, node: Node): NumberArray {
  const [codes, scale, zeroPoint] = [given(inputs, 0), given(inputs, 1), inputs[2]];
  return arrayOf(codes.dims, (place) => {
    const shift = zeroPoint ? parameterAt(zeroPoint, node, place) : 0;
    return (at(codes, place) - shift) * parameterAt(scale, node, place);
  });
}

export const quantizations: Operators = {
  QuantizeLinear: (inputs, node) => [quantizeLinear(inputs, node)],
  DequantizeLinear: (inputs, node) => [dequantizeLinear(inputs, node)],
};
