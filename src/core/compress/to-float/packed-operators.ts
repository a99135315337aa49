/**
 * onnxruntime's operators that keep a weight packed in blocks: MatMulNBits, GatherBlockQuantized. The
 * weight is unpacked into the plain matrix or table of MatMul and Gather. Layouts: ContribOperators.md.
 */
import { unpackUnsigned, type BitWidth } from '../../math/pack-bits.ts';
import { intOf } from '../../onnx/build.ts';
import { isFloat } from '../../onnx/floats.ts';
import { loadBytes, loadFloats, loadIntegers } from '../../onnx/tensor.ts';
import type { Node, Tensor } from '../../onnx/types.ts';
import { floatTensor } from './dequantized-tensor.ts';
import { LeftAlone } from './job.ts';
import { plusBias } from './fused-products.ts';
import type { FloatScope } from './scope.ts';

interface Blocks {
  readonly rows: number;
  readonly columns: number;
  readonly blockSize: number;
  readonly bits: BitWidth;
  /** Blocks per row; the last may be partly filled. */
  readonly perRow: number;
}

function bitsIn(node: Node): BitWidth {
  const bits = intOf(node, 'bits', 4);
  if (bits === 2 || bits === 4 || bits === 8) return bits;
  throw new LeftAlone(`its codes have ${bits} bits, not 2, 4 or 8`);
}

/** Errors: LeftAlone where the sizes are none. */
function blocksOf(node: Node, rows: number, columns: number, blockSize: number): Blocks {
  const sizes = [rows, columns, blockSize];
  if (sizes.some((size) => !Number.isSafeInteger(size) || size <= 0)) {
    throw new LeftAlone('its sizes are no positive numbers');
  }
  return { rows, columns, blockSize, bits: bitsIn(node), perRow: Math.ceil(columns / blockSize) };
}

/** A stored tensor by its name. Errors: LeftAlone where it is computed. */
export async function stored(scope: FloatScope, name: string, what: string): Promise<Tensor> {
  const found = await scope.constant(name);
  if (!found) throw new LeftAlone(`its ${what} is computed`);
  return found.tensor;
}

/** The zero point of each block: packed row by row, each row beginning with a byte, or real numbers; the middle of the range without. */
async function zeroPoints({ rows, perRow, bits }: Blocks, tensor?: Tensor): Promise<Float32Array> {
  const zeros = new Float32Array(rows * perRow);
  if (!tensor) return zeros.fill(2 ** (bits - 1));
  if (isFloat(tensor.dtype)) return loadFloats(tensor);
  const bytes = await loadBytes(tensor);
  const width = Math.ceil((perRow * bits) / 8);
  if (bytes.length !== rows * width) throw new LeftAlone('its zero points do not fit its blocks');
  for (let row = 0; row < rows; row++) {
    zeros.set(unpackUnsigned(bytes.subarray(row * width), bits, perRow), row * perRow);
  }
  return zeros;
}

/** Calls `put` for every value of a packed weight, row by row. `groups` are the blocks of the columns where they do not follow one another. */
async function unpack(
  blocks: Blocks,
  {
    codes,
    scale,
    zeroPoint,
    groups,
  }: { codes: Tensor; scale: Tensor; zeroPoint?: Tensor; groups?: readonly number[] },
  rowBytes: number,
  put: (row: number, column: number, value: number) => void,
): Promise<void> {
  const { rows, columns, blockSize, bits, perRow } = blocks;
  const bytes = await loadBytes(codes);
  const scales = await loadFloats(scale);
  const zeros = await zeroPoints(blocks, zeroPoint);
  const fits =
    bytes.length === rows * rowBytes &&
    scales.length === rows * perRow &&
    zeros.length === scales.length;
  if (!fits || groups?.some((group) => group < 0 || group >= perRow)) {
    throw new LeftAlone('its codes and scales do not fit its sizes');
  }
  for (let row = 0; row < rows; row++) {
    const line = unpackUnsigned(bytes.subarray(row * rowBytes), bits, columns);
    for (let column = 0; column < columns; column++) {
      const at = row * perRow + (groups?.[column] ?? Math.floor(column / blockSize));
      put(row, column, (line[column]! - zeros[at]!) * scales[at]!);
    }
  }
}

const floatType = (scale: Tensor) => (isFloat(scale.dtype) ? scale.dtype : 'float32');

/** y = a · W + bias, W [K, N] from rows of K codes. */
export async function matMulNBits(scope: FloatScope, node: Node): Promise<void> {
  const [data = '', codesName = '', scaleName = '', zeroName = '', groupName = '', bias = ''] =
    node.inputs;
  const [rows, columns] = [intOf(node, 'N', 0), intOf(node, 'K', 0)];
  const blocks = blocksOf(node, rows, columns, intOf(node, 'block_size', 32));
  if (intOf(node, 'weight_prepacked', 0) !== 0)
    throw new LeftAlone('its weight is packed for one kind of device');
  const found = await scope.constant(codesName);
  if (!found) throw new LeftAlone('its weight is computed');
  const scale = await stored(scope, scaleName, 'scale');
  const zeroPoint = zeroName ? { zeroPoint: await stored(scope, zeroName, 'zero point') } : {};
  const groups = groupName
    ? { groups: await loadIntegers(await stored(scope, groupName, 'group index')) }
    : {};
  const rowBytes = (blocks.perRow * blocks.blockSize * blocks.bits) / 8;
  const key = ['nbits', codesName, scaleName, zeroName, groupName].join(' ');
  const weight = await scope.once(found, key, async (name) => {
    await checkSize(found.tensor, rows * rowBytes);
    const values = new Float32Array(rows * columns);
    await unpack(
      blocks,
      { codes: found.tensor, scale, ...zeroPoint, ...groups },
      rowBytes,
      (row, column, value) => {
        values[column * rows + row] = value;
      },
    );
    return floatTensor(name, found.source, floatType(scale), [columns, rows], values);
  });
  plusBias(scope, node, 'MatMul', [data, weight], bias);
}

/** Nothing is allocated that the codes do not fill. */
async function checkSize(codes: Tensor, bytes: number): Promise<void> {
  if ((await loadBytes(codes)).length !== bytes)
    throw new LeftAlone('its codes do not fit its sizes');
}

/** Rows of a table. Codes of 4 and 8 bits in uint8 share bytes along the last axis; int4 and uint4 are ONNX's own. */
export async function gatherBlockQuantized(scope: FloatScope, node: Node): Promise<void> {
  const [codesName = '', places = '', scaleName = '', zeroName = ''] = node.inputs;
  const found = await scope.constant(codesName);
  if (!found) throw new LeftAlone('its table is computed');
  const { dims, dtype } = found.tensor;
  const given = intOf(node, 'quantize_axis', 1);
  const axis = given < 0 ? given + dims.length : given;
  const blockSize = intOf(node, 'block_size', 128);
  const table =
    dtype === 'uint8'
      ? await byteTable(scope, node, axis, blockSize)
      : await scope.fold(codesName, { scale: scaleName, zeroPoint: zeroName }, { axis, blockSize });
  const [output = ''] = node.outputs;
  scope.make(
    'Gather',
    [table, places],
    { axis: intOf(node, 'gather_axis', 0) },
    { from: node, output },
  );
}

async function byteTable(
  scope: FloatScope,
  node: Node,
  axis: number,
  blockSize: number,
): Promise<string> {
  const [codesName = '', , scaleName = '', zeroName = ''] = node.inputs;
  const found = (await scope.constant(codesName))!;
  const { dims } = found.tensor;
  if (axis !== dims.length - 1) throw new LeftAlone('its blocks do not run along the last axis');
  const rowBytes = dims.at(-1) ?? 0;
  const rows = dims.slice(0, -1).reduce((product, dim) => product * dim, 1);
  const columns = (rowBytes * 8) / bitsIn(node);
  const blocks = blocksOf(node, rows, columns, blockSize);
  const scale = await stored(scope, scaleName, 'scale');
  const zeroPoint = zeroName ? { zeroPoint: await stored(scope, zeroName, 'zero point') } : {};
  return scope.once(found, ['table', codesName, scaleName, zeroName].join(' '), async (name) => {
    const values = new Float32Array(rows * columns);
    await unpack(
      blocks,
      { codes: found.tensor, scale, ...zeroPoint },
      rowBytes,
      (row, column, value) => {
        values[row * columns + column] = value;
      },
    );
    return floatTensor(
      name,
      found.source,
      floatType(scale),
      [...dims.slice(0, -1), columns],
      values,
    );
  });
}
