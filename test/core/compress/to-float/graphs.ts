/** Small quantized graphs, one for each way of writing one; values of a fixed seed. */
import { float, graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../../src/core/onnx/types.ts';
import type { Feeds } from '../../../../src/core/runtime.ts';
import { input, normals } from '../fixtures.ts';

export interface Case {
  readonly model: Model;
  readonly feeds: Feeds;
  /** Operators after dequantizing, in their order. */
  readonly operators: readonly string[];
  /** How far outputs may move: what the rounding that went may have done, of the outputs' units. */
  readonly step: number;
}

export const codes = (name: string, dtype: 'int8' | 'uint8', dims: readonly number[]): Tensor => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const middle = dtype === 'int8' ? 0 : 128;
  const values = normals(name, count, 40).map(
    (x) => Math.max(-127, Math.min(127, Math.round(x))) + middle,
  );
  return makeTensor(name, dtype, dims, (dtype === 'int8' ? Int8Array : Uint8Array).from(values));
};
export const floats = (name: string, ...values: readonly number[]): Tensor =>
  makeTensor(
    name,
    'float32',
    values.length === 1 ? [] : [values.length],
    Float32Array.from(values),
  );
const zero = (name: string, dtype: 'int8' | 'uint8', at = dtype === 'uint8' ? 128 : 0): Tensor =>
  makeTensor(name, dtype, [], (dtype === 'int8' ? Int8Array : Uint8Array).of(at));
const int32s = (name: string, count: number): Tensor =>
  makeTensor(name, 'int32', [count], Int32Array.from(normals(name, count, 300), Math.round));

const ms = { domain: 'com.microsoft' };

interface Sketch {
  readonly nodes: readonly Node[];
  readonly stored: readonly Tensor[];
  readonly dims: readonly number[];
  readonly operators: readonly string[];
  readonly step: number;
  readonly opset?: number;
}

function sketch({ nodes, stored, dims, operators, step, opset = 13 }: Sketch): Case {
  const main = graph({
    nodes,
    inputs: [value('x', 'float32', dims)],
    outputs: [value('y', 'float32')],
    initializers: stored,
  });
  return {
    model: model(main, { opset, microsoft: nodes.some(({ domain }) => domain !== '') }),
    feeds: { x: input('x', dims) },
    operators,
    step,
  };
}

/** x in codes q of 0.04 around 128, an operator from q to r, and r in codes of `out` around 128 as y. */
function between(
  operator: Node,
  {
    stored = [],
    dims,
    operators,
    out = 0.1,
    step = out,
  }: Omit<Partial<Sketch>, 'nodes'> & Pick<Sketch, 'dims' | 'operators'> & { out?: number },
): Case {
  return sketch({
    nodes: [
      node('QuantizeLinear', ['x', 's', 'z'], ['q']),
      operator,
      node('DequantizeLinear', ['r', 't', 'z'], ['y']),
    ],
    stored: [floats('s', 0.04), zero('z', 'uint8'), floats('t', out), ...stored],
    dims,
    operators,
    step,
  });
}

const pool = { kernel_shape: [2, 2], strides: [2, 2] };

/** The cases by what they are. */
export const cases: Readonly<Record<string, () => Case>> = {
  'QDQ with int8 weights by column and an int32 bias': () =>
    sketch({
      nodes: [
        node('QuantizeLinear', ['x', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['dx']),
        node('DequantizeLinear', ['W_quantized', 'ws', 'wz'], ['dw'], { attributes: { axis: 1 } }),
        node('DequantizeLinear', ['b', 'bs'], ['db'], { attributes: { axis: 0 } }),
        node('Gemm', ['dx', 'dw', 'db'], ['h']),
        node('QuantizeLinear', ['h', 't', 'z'], ['r']),
        node('DequantizeLinear', ['r', 't', 'z'], ['y']),
      ],
      stored: [
        floats('s', 0.04),
        zero('z', 'uint8'),
        floats('t', 0.1),
        codes('W_quantized', 'int8', [16, 3]),
        floats('ws', 0.002, 0.003, 0.004),
        makeTensor('wz', 'int8', [3], Int8Array.of(0, 0, 0)),
        int32s('b', 3),
        floats('bs', 0.00008, 0.00012, 0.00016),
      ],
      dims: [4, 16],
      operators: ['Gemm'],
      step: 0.2,
    }),
  'QLinearConv, MaxPool and Flatten on codes, QLinearMatMul': () =>
    sketch({
      nodes: [
        node('QuantizeLinear', ['x', 's', 'z'], ['q']),
        node('QLinearConv', ['q', 's', 'z', 'W_quantized', 'ws', 'wz', 't', 'z', 'b'], ['r'], {
          attributes: { pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
        }),
        node('MaxPool', ['r'], ['p'], { attributes: pool }),
        node('Flatten', ['p'], ['f']),
        node('QLinearMatMul', ['f', 't', 'z', 'V_quantized', 'vs', 'wz', 'u', 'z'], ['g']),
        node('DequantizeLinear', ['g', 'u', 'z'], ['y']),
      ],
      stored: [
        floats('s', 0.04),
        zero('z', 'uint8'),
        floats('t', 0.05),
        floats('u', 0.2),
        zero('wz', 'int8'),
        codes('W_quantized', 'int8', [5, 2, 3, 3]),
        floats('ws', 0.002, 0.003, 0.004, 0.005, 0.002),
        int32s('b', 5),
        codes('V_quantized', 'int8', [80, 3]),
        floats('vs', 0.02),
      ],
      dims: [1, 2, 8, 8],
      operators: ['Conv', 'MaxPool', 'Flatten', 'MatMul'],
      step: 0.5,
    }),
  'a Relu that only the range of the codes stands for': () =>
    sketch({
      nodes: [
        node('MatMul', ['x', 'W'], ['h']),
        node('QuantizeLinear', ['h', 's', 'z'], ['q']),
        node('DequantizeLinear', ['q', 's', 'z'], ['y']),
      ],
      stored: [
        floats('s', 0.02),
        zero('z', 'uint8', 0),
        makeTensor('W', 'float32', [16, 4], normals('W', 64, 0.25)),
      ],
      dims: [4, 16],
      operators: ['MatMul', 'Clip'],
      step: 0.011,
    }),
  'DynamicQuantizeLinear, MatMulInteger by column': () =>
    sketch({
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('MatMulInteger', ['q', 'W_quantized', 'z', 'wz'], ['i']),
        node('Cast', ['i'], ['f'], { attributes: { to: 1 } }),
        node('Mul', ['s', 'ws'], ['u']),
        node('Mul', ['f', 'u'], ['m']),
        node('Add', ['m', 'b'], ['y']),
      ],
      stored: [
        codes('W_quantized', 'int8', [16, 3]),
        floats('ws', 0.002, 0.003, 0.004),
        makeTensor('wz', 'int8', [3], Int8Array.of(3, 0, -2)),
        floats('b', 1, 2, 3),
      ],
      dims: [4, 16],
      operators: ['MatMul', 'Add'],
      step: 0.2,
    }),
  ConvInteger: () =>
    sketch({
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('ConvInteger', ['q', 'W_quantized', 'z', 'wz'], ['i'], {
          attributes: { pads: [1, 1, 1, 1], kernel_shape: [3, 3] },
        }),
        node('Cast', ['i'], ['f'], { attributes: { to: 1 } }),
        node('Mul', ['s', 'ws'], ['u']),
        node('Mul', ['f', 'u'], ['y']),
      ],
      stored: [
        codes('W_quantized', 'uint8', [5, 2, 3, 3]),
        floats('ws', 0.003),
        zero('wz', 'uint8', 120),
      ],
      dims: [1, 2, 6, 6],
      operators: ['Conv'],
      step: 0.2,
    }),
  DynamicQuantizeMatMul: () =>
    sketch({
      nodes: [node('DynamicQuantizeMatMul', ['x', 'W_quantized', 'ws', 'wz', 'b'], ['y'], ms)],
      stored: [
        codes('W_quantized', 'uint8', [16, 3]),
        floats('ws', 0.003),
        zero('wz', 'uint8'),
        floats('b', 1, 2, 3),
      ],
      dims: [4, 16],
      operators: ['MatMul', 'Add'],
      step: 0.2,
    }),
  MatMulIntegerToFloat: () =>
    sketch({
      nodes: [
        node('DynamicQuantizeLinear', ['x'], ['q', 's', 'z']),
        node('MatMulIntegerToFloat', ['q', 'W_quantized', 's', 'ws', 'z', 'wz'], ['y'], ms),
      ],
      stored: [codes('W_quantized', 'uint8', [16, 3]), floats('ws', 0.003), zero('wz', 'uint8')],
      dims: [4, 16],
      operators: ['MatMul'],
      step: 0.2,
    }),
  QGemm: () =>
    between(
      node('QGemm', ['q', 's', 'z', 'W_quantized', 'ws', 'wz', 'b', 't', 'z'], ['r'], {
        ...ms,
        attributes: { transB: 1, alpha: float(0.5) },
      }),
      {
        stored: [
          codes('W_quantized', 'int8', [3, 16]),
          floats('ws', 0.004),
          zero('wz', 'int8'),
          int32s('b', 3),
        ],
        dims: [4, 16],
        operators: ['Gemm'],
      },
    ),
  'QLinearAdd of codes and a stored tensor': () =>
    between(node('QLinearAdd', ['q', 's', 'z', 'W_quantized', 'ws', 'wz', 't', 'z'], ['r'], ms), {
      stored: [codes('W_quantized', 'uint8', [4, 16]), floats('ws', 0.02), zero('wz', 'uint8')],
      dims: [4, 16],
      operators: ['Add'],
    }),
  QLinearMul: () =>
    between(node('QLinearMul', ['q', 's', 'z', 'q', 's', 'z', 't', 'z'], ['r'], ms), {
      dims: [4, 16],
      operators: ['Mul'],
      step: 0.2,
    }),
  QLinearSigmoid: () =>
    between(node('QLinearSigmoid', ['q', 's', 'z', 't', 'z'], ['r'], ms), {
      dims: [4, 16],
      operators: ['Sigmoid'],
    }),
  QLinearLeakyRelu: () =>
    between(
      node('QLinearLeakyRelu', ['q', 's', 'z', 't', 'z'], ['r'], {
        ...ms,
        attributes: { alpha: float(0.3) },
      }),
      { dims: [4, 16], operators: ['LeakyRelu'] },
    ),
  QLinearSoftmax: () =>
    between(
      node('QLinearSoftmax', ['q', 's', 'z', 't', 'z'], ['r'], {
        ...ms,
        attributes: { axis: -1, opset: 13 },
      }),
      { dims: [4, 16], operators: ['Softmax'], out: 0.01 },
    ),
  QLinearAveragePool: () =>
    between(
      node('QLinearAveragePool', ['q', 's', 'z', 't', 'z'], ['r'], { ...ms, attributes: pool }),
      { dims: [1, 2, 6, 6], operators: ['AveragePool'] },
    ),
  QLinearGlobalAveragePool: () =>
    between(node('QLinearGlobalAveragePool', ['q', 's', 'z', 't', 'z'], ['r'], ms), {
      dims: [1, 8, 3, 3],
      operators: ['GlobalAveragePool'],
      out: 0.02,
    }),
  QLinearConcat: () =>
    between(
      node('QLinearConcat', ['t', 'z', 'q', 's', 'z', 'q', 's', 'z'], ['r'], {
        ...ms,
        attributes: { axis: 1 },
      }),
      { dims: [4, 16], operators: ['Concat'] },
    ),
  QLinearWhere: () =>
    between(
      node('QLinearWhere', ['c', 'q', 's', 'z', 'W_quantized', 'ws', 'wz', 't', 'z'], ['r'], ms),
      {
        stored: [
          codes('W_quantized', 'uint8', [4, 16]),
          floats('ws', 0.02),
          zero('wz', 'uint8'),
          makeTensor(
            'c',
            'bool',
            [4, 16],
            Uint8Array.from({ length: 64 }, (_, at) => at % 2),
          ),
        ],
        dims: [4, 16],
        operators: ['Where'],
      },
    ),
};
