/** Shapes, axes and other short lists of integers that lie ready in the heap, without waiting for a file. */
import { attributeOf, intsOf } from './build.ts';
import type { FlowValue } from './flow.ts';
import { elementCount } from './tensor.ts';
import type { Bytes, Node, NumberRun, Tensor } from './types.ts';

/** No shape is longer; longer lists stay unread. */
const longest = 64;

/** The integers of a constant value: an initializer or a Constant node. Undefined where they are not known. */
export function integersOf(value: FlowValue | undefined): number[] | undefined {
  if (value?.tensor) return tensorIntegers(value.tensor);
  const node = value?.producer?.node;
  return node?.opType === 'Constant' ? constantIntegers(node) : undefined;
}

/** A list that newer opsets take as an input and older ones as an attribute. */
export function integersOrAttribute(
  node: Node,
  input: FlowValue | undefined,
  attribute: string,
): number[] | undefined {
  return input ? integersOf(input) : intsOf(node, attribute);
}

function constantIntegers(node: Node): number[] | undefined {
  const single = attributeOf(node, 'value_int')?.i;
  return single === undefined ? intsOf(node, 'value_ints') : [Number(single)];
}

function tensorIntegers(tensor: Tensor): number[] | undefined {
  if (tensor.dtype !== 'int64' && tensor.dtype !== 'int32') return undefined;
  const count = elementCount(tensor);
  const { rawData } = tensor;
  const runs = tensor.dtype === 'int64' ? tensor.int64Data : tensor.int32Data;
  if (count > longest) return undefined;
  if (count === 0) return [];
  const values = rawData ? fromRaw(rawData, tensor.dtype) : runs?.flatMap(fromRun);
  return values?.length === count ? values : undefined;
}

function fromRaw(raw: Bytes, dtype: 'int64' | 'int32'): number[] {
  if (!(raw instanceof Uint8Array)) return [];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const width = dtype === 'int64' ? 8 : 4;
  return Array.from({ length: Math.floor(raw.byteLength / width) }, (_, index) =>
    width === 8 ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true),
  );
}

/** Base-128 numbers, each after a tag of one byte where they are not packed. */
function fromRun({ packed, bytes }: NumberRun): number[] {
  if (!(bytes instanceof Uint8Array)) return [];
  const values: number[] = [];
  for (let at = 0; at < bytes.length && values.length <= longest; at++) {
    if (!packed) at++;
    let value = 0n;
    for (let shift = 0n; ; shift += 7n, at++) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) return [];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    values.push(Number(BigInt.asIntN(64, value)));
  }
  return values;
}
