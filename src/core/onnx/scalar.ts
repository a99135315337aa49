/** Reads single values off the wire: base-128 numbers, floats, names. */
import { damaged, type Kind, type Place } from './message.ts';
import type { Source } from './source.ts';

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenientText = new TextDecoder('utf-8', { ignoreBOM: true });

/** The one value of a field that is neither bytes nor a message. Errors: ModelError. */
export function scalar(
  kind: Kind,
  source: Source,
  start: number,
  end: number,
  place: Place,
): unknown {
  if (kind.type === 'float') return dataView(source.view(start, end)).getFloat32(0, true);
  if (kind.type === 'label') return lenientText.decode(source.view(start, end));
  if (kind.type === 'text') {
    try {
      return strictText.decode(source.view(start, end));
    } catch {
      return damaged(place, 'this name is not UTF-8 text');
    }
  }
  const value = bigVarint(source, start, end, place);
  if (kind.type === 'int64') return value;
  const number = safeInteger(value, place);
  if (kind.type !== 'enum') return number;
  return kind.names[number] ?? damaged(place, `${number} is no value that ONNX defines`);
}

/** A view of bytes for reading numbers of more than one byte. */
export const dataView = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A number of up to 64 bits in halves, and where the next field begins. */
export interface Varint {
  readonly low: number;
  readonly high: number;
  readonly next: number;
}

/** Reads a base-128 number as two unsigned halves: exact, and without a bigint for every tag. */
export function varint(source: Source, start: number, end: number, place: Place): Varint {
  let low = 0;
  let high = 0;
  for (let at = start, shift = 0; at < end && shift < 70; at++, shift += 7) {
    const byte = source.byte(at);
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (shift - 32);
    if (byte < 0x80) return { low: low >>> 0, high: high >>> 0, next: at + 1 };
  }
  return damaged(place, `the number at byte ${start} does not end`);
}

/** A base-128 number as int64. */
export function bigVarint(source: Source, start: number, end: number, place: Place): bigint {
  const { low, high } = varint(source, start, end, place);
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

/** Errors: ModelError where a number can't hold it exactly. */
export function safeInteger(value: bigint, place: Place): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : damaged(place, `${value} is beyond 2^53`);
}
