/**
 * The two 16-bit floats, as bits in a Uint16Array. float16 is IEEE 754 binary16; bfloat16 is the
 * upper half of a float32. Encoding rounds to nearest, ties to even.
 */

/** What becomes of a value beyond the largest finite one: an infinity, or that largest value. */
export type Overflow = 'infinity' | 'saturate';

const float16Infinity = 0x7c00;
const bfloat16Infinity = 0x7f80;
const quietBit = 0x0200;

/** float32 values → float16 bits. NaN stays NaN; `saturate` holds infinities too at ±65504. */
export function encodeFloat16(values: Float32Array, overflow: Overflow = 'infinity'): Uint16Array {
  const bits = bitsOf(values);
  const encoded = new Uint16Array(values.length);
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  const top = overflow === 'saturate' ? float16Infinity - 1 : float16Infinity;
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      encoded[i] = sign | float16Infinity | quietBit | ((magnitude >>> 13) & 0x3ff);
    } else if (magnitude < 0x38800000) {
      // Below 2^-14 float16 counts in steps of 2^-24, which is one unit in the last place of 0.5.
      scratch[0] = Math.abs(values[i]!) + 0.5;
      encoded[i] = sign | (scratchBits[0]! - 0x3f000000);
    } else {
      // Rebase the exponent from 127 to 15; then a carry out of the mantissa raises it, up to infinity.
      const odd = (magnitude >>> 13) & 1;
      encoded[i] = sign | Math.min((magnitude - 0x38000000 + 0xfff + odd) >>> 13, top);
    }
  }
  return encoded;
}

/** float16 bits → float32 values, exactly. */
export function decodeFloat16(encoded: Uint16Array): Float32Array {
  const values = new Float32Array(encoded.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < encoded.length; i++) {
    const sign = (encoded[i]! & 0x8000) << 16;
    const magnitude = (encoded[i]! & 0x7fff) << 13;
    if ((encoded[i]! & 0x7fff) >= float16Infinity) {
      bits[i] = sign | 0x7f800000 | magnitude;
    } else {
      // Read with float32's exponent bias the value is 2^112 too small; so are the subnormals.
      bits[i] = sign | magnitude;
      values[i] = values[i]! * 2 ** 112;
    }
  }
  return values;
}

/** float32 values → bfloat16 bits. NaN stays NaN; `saturate` holds infinities too at ±3.39e38. */
export function encodeBfloat16(values: Float32Array, overflow: Overflow = 'infinity'): Uint16Array {
  const bits = bitsOf(values);
  const encoded = new Uint16Array(values.length);
  const top = overflow === 'saturate' ? bfloat16Infinity - 1 : bfloat16Infinity;
  for (let i = 0; i < values.length; i++) {
    const sign = (bits[i]! >>> 16) & 0x8000;
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > 0x7f800000) {
      encoded[i] = sign | (magnitude >>> 16) | 0x0040;
    } else {
      const odd = (magnitude >>> 16) & 1;
      encoded[i] = sign | Math.min((magnitude + 0x7fff + odd) >>> 16, top);
    }
  }
  return encoded;
}

/** bfloat16 bits → float32 values, exactly. */
export function decodeBfloat16(encoded: Uint16Array): Float32Array {
  const values = new Float32Array(encoded.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < encoded.length; i++) bits[i] = encoded[i]! << 16;
  return values;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
