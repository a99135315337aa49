/** com.microsoft MatMulBnb4: a weight in the 4-bit types of bitsandbytes, unpacked into a plain matrix. */
import { intOf } from '../../onnx/build.ts';
import { isFloat } from '../../onnx/floats.ts';
import { loadBytes, loadFloats } from '../../onnx/tensor.ts';
import type { Node } from '../../onnx/types.ts';
import { floatTensor } from './dequantized-tensor.ts';
import { plusBias } from './fused-products.ts';
import { LeftAlone } from './job.ts';
import { stored } from './packed-operators.ts';
import type { FloatScope } from './scope.ts';

/** The 16 values of each type of bitsandbytes (Dettmers et al., "QLoRA", 2023), as onnxruntime has them. */
const values4: readonly (readonly number[])[] = [
  [0, 0.005208333333, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25],
  [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
    -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
    0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
    0.7229568362236023, 1,
  ],
];

/** y = a · W with W [N, K] cut into blocks along its rows, two codes to a byte, the first in the upper half. */
export async function matMulBnb4(scope: FloatScope, node: Node): Promise<void> {
  const [data = '', codesName = '', scaleName = ''] = node.inputs;
  const [rows, columns] = [intOf(node, 'N', 0), intOf(node, 'K', 0)];
  const blockSize = intOf(node, 'block_size', 0);
  if (!(rows > 0 && columns > 0 && blockSize > 0))
    throw new LeftAlone('its sizes are no positive numbers');
  const half = values4[intOf(node, 'quant_type', 1)];
  if (!half || intOf(node, 'transB', 1) !== 1)
    throw new LeftAlone('its type of codes is not known');
  const levels = half.length === 8 ? [...half, ...half.map((x) => -x)] : half;
  const found = await scope.constant(codesName);
  if (!found) throw new LeftAlone('its weight is computed');
  const scale = await stored(scope, scaleName, 'scale');
  const weight = await scope.once(found, ['bnb4', codesName, scaleName].join(' '), async (name) => {
    const bytes = await loadBytes(found.tensor);
    const scales = await loadFloats(scale);
    const count = rows * columns;
    if (bytes.length !== Math.ceil(count / 2) || scales.length !== Math.ceil(count / blockSize)) {
      throw new LeftAlone('its codes and scales do not fit its sizes');
    }
    const values = new Float32Array(count);
    for (let at = 0; at < count; at++) {
      const byte = bytes[at >> 1]!;
      const level = levels[at % 2 === 0 ? byte >> 4 : byte & 15]!;
      values[(at % columns) * rows + Math.floor(at / columns)] =
        level * scales[Math.floor(at / blockSize)]!;
    }
    return floatTensor(
      name,
      found.source,
      isFloat(scale.dtype) ? scale.dtype : 'float32',
      [columns, rows],
      values,
    );
  });
  plusBias(scope, node, 'MatMul', [data, weight], '');
}
