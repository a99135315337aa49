/**
 * The 8-bit and 4-bit floats of ONNX, decoded to float32. Sources: "FP8 Formats for Deep Learning"
 * (Micikevicius et al., 2022) for E4M3FN and E5M2; "8-bit Numerical Formats for Deep Neural Networks"
 * (Noune et al., 2022) for the FNUZ pair; the OCP Microscaling specification 1.0 for E8M0 and E2M1.
 */
import { powerOfTwo } from './binary.ts';

interface Format {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  readonly signed: boolean;
  /** What the code, sign included, stands for besides numbers. */
  special?(code: number): number | undefined;
}

const negativeZeroIsNaN = (code: number) => (code === 0x80 ? NaN : undefined);

const formats = {
  float8e4m3fn: {
    exponentBits: 4,
    mantissaBits: 3,
    bias: 7,
    signed: true,
    special: (code) => ((code & 0x7f) === 0x7f ? NaN : undefined),
  },
  float8e4m3fnuz: {
    exponentBits: 4,
    mantissaBits: 3,
    bias: 8,
    signed: true,
    special: negativeZeroIsNaN,
  },
  float8e5m2: {
    exponentBits: 5,
    mantissaBits: 2,
    bias: 15,
    signed: true,
    special(code) {
      if ((code & 0x7f) < 0x7c) return undefined;
      if ((code & 0x7f) > 0x7c) return NaN;
      return code < 0x80 ? Infinity : -Infinity;
    },
  },
  float8e5m2fnuz: {
    exponentBits: 5,
    mantissaBits: 2,
    bias: 16,
    signed: true,
    special: negativeZeroIsNaN,
  },
  // A scale: an exponent alone, with no zero and no subnormals.
  float8e8m0: {
    exponentBits: 8,
    mantissaBits: 0,
    bias: 127,
    signed: false,
    special: (code) => (code === 0xff ? NaN : powerOfTwo(code - 127)),
  },
  float4e2m1: { exponentBits: 2, mantissaBits: 1, bias: 1, signed: true },
} as const satisfies Record<string, Format>;

/** A float of at most 8 bits, by ONNX's name for it. */
export type SmallFloat = keyof typeof formats;

/** The value of every code of a format, by code: 256 entries, or 16 for float4e2m1. */
export function smallFloatValues(dtype: SmallFloat): Float32Array {
  const format: Format = formats[dtype];
  const { exponentBits, mantissaBits, signed } = format;
  const count = 1 << (exponentBits + mantissaBits + (signed ? 1 : 0));
  return Float32Array.from({ length: count }, (_, code) => valueOf(format, code));
}

/**
 * One code per byte → float32. float4e2m1 lies two to a byte in a file: unpack it with `unpackBits`
 * first. Bits above a code's width are ignored.
 */
export function decodeSmallFloats(codes: Uint8Array, dtype: SmallFloat): Float32Array {
  const table = smallFloatValues(dtype);
  const mask = table.length - 1;
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]! & mask]!;
  return values;
}

function valueOf(format: Format, code: number): number {
  const special = format.special?.(code);
  if (special !== undefined) return special;
  const { exponentBits, mantissaBits, bias } = format;
  const mantissa = code & ((1 << mantissaBits) - 1);
  const exponent = (code >> mantissaBits) & ((1 << exponentBits) - 1);
  const sign = code >> (exponentBits + mantissaBits) === 1 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * powerOfTwo(1 - bias - mantissaBits);
  return sign * (mantissa + (1 << mantissaBits)) * powerOfTwo(exponent - bias - mantissaBits);
}
