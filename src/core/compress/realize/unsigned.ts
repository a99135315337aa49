/** Codes as the operators of onnxruntime take them: unsigned, with a zero point in the middle. */
import type { BitWidth } from '../../math/pack-bits.ts';
import { loadBytes } from '../../onnx/tensor.ts';
import type { Tensor } from '../../onnx/types.ts';

/**
 * Packed codes or zero points; signed ones moved up by half their range, which in two's complement
 * flips their top bit. May share the file's memory: do not write into it.
 */
export async function loadUnsigned(
  tensor: Tensor,
  bits: BitWidth,
  signed: boolean,
): Promise<Uint8Array> {
  const loaded = await loadBytes(tensor);
  return signed ? raised(loaded, bits) : loaded;
}

/** The top bit of every code in a byte. */
export const flipOf = (bits: BitWidth): number => ({ 8: 0x80, 4: 0x88, 2: 0xaa })[bits];

/** Packed signed codes moved up by half their range. */
export function raised(bytes: Uint8Array, bits: BitWidth): Uint8Array<ArrayBuffer> {
  const flip = flipOf(bits);
  const result = new Uint8Array(bytes.length);
  for (let at = 0; at < bytes.length; at++) result[at] = bytes[at]! ^ flip;
  return result;
}
