/** Weights that are stored in float16 are computed with in float16, where a graphics device does that. */
import { encodeFloat16 } from '../../math/float16.ts';
import { graph, model, node, value } from '../../onnx/build.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes } from '../../onnx/types.ts';
import type { Feeds } from '../../runtime.ts';
import type { Form } from './form.ts';
import type { Probe } from './probe-model.ts';

const widened =
  'processors compute in float32: the weights are widened at load, which saves neither memory nor time';

export const float16Form: Form = {
  label: 'float16',
  summary:
    'The weights stay in 16 bits, and products, convolutions and lookups are computed in float16; norms, softmax and scores in float32.',
  avoid: { wasm: widened, cpu: widened },
  // Eleven bits for each number, sums of 64 of them.
  tolerance: 0.01,
  probes: () => [probe()],
};

const [inputs, inner, outputs] = [64, 32, 8];

const reals = (count: number, period: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => (((at * 37) % period) + 0.5) / period - 0.5);

const first = reals(inputs * inner, 101);
const bias = reals(inner, 23);
const second = reals(inner * outputs, 67);

/** y = −(relu(x·W + b) · V), both weights stored in float16. */
function probe(): Probe {
  const widen = (name: string) =>
    node('Cast', [`${name}_float16`], [name], { attributes: { to: dtypes.indexOf('float32') } });
  const nodes = [
    widen('W'),
    widen('V'),
    node('MatMul', ['x', 'W'], ['h']),
    node('Add', ['h', 'b'], ['s']),
    node('Relu', ['s'], ['r']),
    node('MatMul', ['r', 'V'], ['t']),
    node('Neg', ['t'], ['y']),
  ];
  const half = (name: string, dims: readonly number[], values: Float32Array) =>
    makeTensor(`${name}_float16`, 'float16', dims, encodeFloat16(values));
  const made = model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['m', inputs])],
      outputs: [value('y', 'float32')],
      initializers: [
        half('W', [inputs, inner], first),
        makeTensor('b', 'float32', [inner], bias),
        half('V', [inner, outputs], second),
      ],
    }),
    { opset: 15 },
  );
  const x = (rows: number): Feeds => ({
    x: { dtype: 'float32', dims: [rows, inputs], data: reals(rows * inputs, 89) },
  });
  return { model: made, feeds: [x(1), x(5)], expected };
}

function expected({ x }: Feeds): ReadonlyMap<string, Float64Array> {
  const data = Float64Array.from(x!.data as Float32Array);
  const rows = data.length / inputs;
  const hidden = product(data, first, rows, inputs, inner).map((sum, at) =>
    Math.max(0, sum + bias[at % inner]!),
  );
  return new Map([['y', product(hidden, second, rows, inner, outputs).map((sum) => -sum)]]);
}

function product(
  left: Float64Array,
  right: Float32Array,
  rows: number,
  shared: number,
  columns: number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < shared; k++) sum += left[row * shared + k]! * right[k * columns + column]!;
    return sum;
  });
}
