/** The reference against onnxruntime, where the vectors of the ONNX project don't look: its own operators, rare attributes. */
import { test } from 'vitest';

import { float, node, type AttributeValue } from '../../../../src/core/onnx/build.ts';
import { checkReference, draw } from '../check-rule.ts';

type Dims = readonly number[];
type Attributes = Readonly<Record<string, AttributeValue>>;

const conv1d = { strides: [2], dilations: [2], pads: [3, 1], group: 2 };
const conv2d = { strides: [2, 1], dilations: [1, 2], pads: [0, 3, 2, 1], group: 3 };
const spread = { strides: [3, 2], dilations: [2, 1], pads: [1, 0, 2, 1], output_padding: [2, 1] };
const pool = { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceil_mode: 1 };

test.each<[string, Attributes, ...Dims[]]>([
  ['QuickGelu', { alpha: float(1.5) }, [20]],
  ['FastGelu', {}, [4, 5], [5]],
  ['FusedMatMul', { alpha: float(0.5) }, [2, 3, 4], [4, 5]],
  ['FusedMatMul', { transA: 1, transB: 1 }, [2, 4, 3], [2, 5, 4]],
  ['SimplifiedLayerNormalization', { axis: -1, epsilon: float(0.01) }, [3, 4], [4]],
  ['Einsum', { equation: 'ij,jk' }, [2, 3], [3, 4]],
  ['Einsum', { equation: '...ij,...kj->...ik' }, [2, 1, 3, 4], [1, 5, 2, 4]],
  ['Einsum', { equation: 'bhid,bhjd->bhij' }, [2, 2, 3, 4], [2, 2, 3, 4]],
  ['Einsum', { equation: 'ij,jk,kl->li' }, [2, 3], [3, 4], [4, 2]],
  ['Conv', conv1d, [2, 4, 11], [6, 2, 3], [6]],
  ['Conv', conv2d, [2, 3, 7, 8], [6, 1, 2, 3], [6]],
  ['Conv', { auto_pad: 'SAME_LOWER', strides: [2, 2] }, [1, 2, 6, 5], [3, 2, 4, 3]],
  ['ConvTranspose', { ...spread, group: 2 }, [2, 4, 3, 4], [4, 3, 2, 3], [6]],
  ['ConvTranspose', { strides: [2], pads: [1, 1] }, [1, 2, 5], [2, 3, 4]],
  ['MaxPool', { ...pool, dilations: [2, 3] }, [1, 2, 8, 9]],
  ['MaxPool', { kernel_shape: [3], strides: [2], auto_pad: 'SAME_UPPER' }, [2, 2, 8]],
  ['AveragePool', { ...pool, count_include_pad: 1 }, [1, 2, 7, 8]],
  ['AveragePool', pool, [1, 2, 7, 8]],
  ['Gemm', { transA: 1, alpha: float(2), beta: float(-0.5) }, [3, 2], [3, 4], [2, 1]],
  ['LayerNormalization', { axis: 1 }, [2, 3, 4], [3, 4], [3, 4]],
  ['Softmax', { axis: 1 }, [2, 3, 4]],
])('%s %o', async (opType, attributes, ...dims) => {
  const names = dims.map((_, index) => `x${index}`);
  const isMicrosoft = ['FastGelu', 'FusedMatMul', 'QuickGelu'].includes(opType);
  const domain = isMicrosoft ? 'com.microsoft' : '';
  const nodes = [node(opType, names, ['y'], { attributes, domain })];
  const inputs = Object.fromEntries(dims.map((one, index) => [`x${index}`, one]));
  await checkReference(draw({ nodes, inputs, wrt: names }));
});
