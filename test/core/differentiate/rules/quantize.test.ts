import { describe } from 'vitest';

import { node, type AttributeValue } from '../../../../src/core/onnx/build.ts';
import type { Dtype } from '../../../../src/core/onnx/types.ts';
import { checkGradient } from '../check-rule.ts';
import { arrayOf, at, type NumberArray } from '../reference/array.ts';
import { between, distinct, integers } from '../reference/draw.ts';

describe('Round, Floor and Ceil', () => {
  for (const op of ['Round', 'Floor', 'Ceil']) {
    checkGradient(`${op} passes the gradient`, {
      nodes: [node(op, ['x'], ['y'])],
      surrogate: [node('Identity', ['x'], ['y'])],
      inputs: { x: [3, 4] },
      wrt: ['x'],
    });
  }
});

describe('DequantizeLinear of stored codes: the gradient of the scale', () => {
  const codes = (dims: readonly number[], dtype: Dtype, lowest = 0): NumberArray =>
    integers(
      Array.from({ length: dims.reduce((a, b) => a * b) }, (_, k) => lowest + ((7 * k) % 16)),
      dims,
      dtype,
    );
  const dequantize = (inputs: readonly string[], attributes: Record<string, AttributeValue> = {}) =>
    node('DequantizeLinear', inputs, ['y'], { attributes });

  checkGradient('one scale for all', {
    nodes: [dequantize(['q', 's'])],
    inputs: { q: codes([3, 4], 'int8', -8), s: between([]) },
    wrt: ['s'],
  });
  checkGradient('one scale for all, as a list, with a zero point', {
    nodes: [dequantize(['q', 's', 'z'])],
    inputs: { q: codes([6], 'uint8'), s: between([1]), z: integers([9], [1], 'uint8') },
    wrt: ['s'],
  });
  checkGradient('a scale for each row, with zero points', {
    nodes: [dequantize(['q', 's', 'z'], { axis: 0 })],
    inputs: { q: codes([3, 4], 'uint8'), s: between([3]), z: integers([0, 7, 15], [3], 'uint8') },
    wrt: ['s'],
  });
  checkGradient('a scale for each channel of a convolution', {
    nodes: [dequantize(['q', 's'], { axis: -3 })],
    inputs: { q: codes([2, 3, 2, 2], 'int8', -8), s: between([3]) },
    wrt: ['s'],
  });
  checkGradient('4-bit codes in blocks along the first axis', {
    nodes: [dequantize(['q', 's'], { axis: 0, block_size: 16 })],
    inputs: { q: codes([32, 4], 'int4', -8), s: between([2, 4]) },
    wrt: ['s'],
  });
  checkGradient('blocks along the last axis, the last one shorter, with zero points', {
    nodes: [dequantize(['q', 's', 'z'], { axis: 1, block_size: 16 })],
    inputs: {
      q: codes([2, 40], 'uint8'),
      s: between([2, 3]),
      z: integers([8, 7, 6, 0, 15, 9], [2, 3], 'uint8'),
    },
    wrt: ['s'],
  });
});

interface Quantized {
  readonly x: NumberArray;
  readonly s: NumberArray;
  readonly z?: NumberArray;
  readonly attributes?: Record<string, AttributeValue>;
  readonly range: readonly [number, number];
  /** Which scale belongs to a coordinate of x. */
  readonly scaleAt: (coordinate: readonly number[]) => readonly number[];
  /** Nodes that lay the scales "s" beside x, as "beside". */
  readonly beside: Parameters<typeof node>;
  readonly more?: Readonly<Record<string, NumberArray>>;
}

/**
 * A pair of QuantizeLinear and DequantizeLinear against the definition of LSQ, as a function that is
 * smooth near x and s: inside the range x + s · (round(x₀/s₀) − x₀/s₀), outside s · (bound − z).
 */
function checkPair(caption: string, given: Quantized): void {
  const { x, s, z, attributes = {}, range, scaleAt, beside, more = {} } = given;
  const zero = (coordinate: readonly number[]): number => (z ? at(z, scaleAt(coordinate)) : 0);
  const ratio = (coordinate: readonly number[]): number =>
    at(x, coordinate) / at(s, scaleAt(coordinate));
  const code = (coordinate: readonly number[]): number =>
    Math.round(ratio(coordinate)) + zero(coordinate);
  const clipped = (coordinate: readonly number[]): number =>
    Math.min(Math.max(code(coordinate), range[0]), range[1]);
  const isInside = (coordinate: readonly number[]): boolean =>
    code(coordinate) === clipped(coordinate);
  const zeroPoint = z ? ['z'] : [];
  checkGradient(caption, {
    nodes: [
      node('QuantizeLinear', ['x', 's', ...zeroPoint], ['q'], { attributes }),
      node('DequantizeLinear', ['q', 's', ...zeroPoint], ['y'], {
        attributes: blockOf(attributes),
      }),
    ],
    surrogate: [
      node(...beside),
      node('Mul', ['beside', 'slope'], ['by scale']),
      node('Mul', ['x', 'inside'], ['by value']),
      node('Add', ['by scale', 'by value'], ['y']),
    ],
    inputs: {
      x,
      s,
      ...(z ? { z } : {}),
      ...more,
      inside: arrayOf(x.dims, (coordinate) => Number(isInside(coordinate))),
      slope: arrayOf(x.dims, (coordinate) =>
        isInside(coordinate)
          ? Math.round(ratio(coordinate)) - ratio(coordinate)
          : clipped(coordinate) - zero(coordinate),
      ),
    },
    wrt: ['x', 's'],
  });
}

const blockOf = ({
  output_dtype: _,
  ...rest
}: Record<string, AttributeValue>): Record<string, AttributeValue> => rest;

describe('QuantizeLinear and DequantizeLinear: straight through, scales by LSQ', () => {
  checkPair('one scale for all, values beyond both ends', {
    x: distinct([5, 6]),
    s: between([], { least: 0.009, most: 0.011 }),
    attributes: { output_dtype: 3 },
    range: [-128, 127],
    scaleAt: () => [],
    beside: ['Identity', ['s'], ['beside']],
  });
  checkPair('8-bit codes with a zero point', {
    x: distinct([4, 6]),
    s: between([], { least: 0.009, most: 0.011 }),
    z: integers([120], [], 'uint8'),
    range: [0, 255],
    scaleAt: () => [],
    beside: ['Identity', ['s'], ['beside']],
  });
  checkPair('a scale for each row', {
    x: distinct([3, 8]),
    s: between([3], { least: 0.008, most: 0.03 }),
    z: integers([0, 3, -20], [3], 'int8'),
    attributes: { axis: 0 },
    range: [-128, 127],
    scaleAt: ([row]) => [row!],
    beside: ['Unsqueeze', ['s', 'last'], ['beside']],
    more: { last: integers([-1]) },
  });
  checkPair('blocks along the first axis, the last one shorter', {
    x: distinct([40, 2]),
    s: between([3, 2], { least: 0.1, most: 0.3 }),
    attributes: { axis: 0, block_size: 16, output_dtype: 3 },
    range: [-128, 127],
    scaleAt: ([row, column]) => [Math.floor(row! / 16), column!],
    beside: ['Gather', ['s', 'block'], ['beside'], { attributes: { axis: 0 } }],
    more: { block: integers(Array.from({ length: 40 }, (_, row) => Math.floor(row / 16))) },
  });
});
