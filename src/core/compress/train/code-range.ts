/** Which codes a stored weight may use: fewer than its container holds, where it was made so. */
import { codeBits, gridFor } from '../../math/grid.ts';
import type { BitWidth } from '../../math/pack-bits.ts';

export interface CodeRange {
  readonly low: number;
  readonly high: number;
  /** Distance between neighboring codes: 2 where only -1 and 1 are there. */
  readonly step: 1 | 2;
}

/** The range of the smallest grid of the container that has all codes of a weight; that of the container where none has. */
export function codeRange(
  codes: Int8Array | Uint8Array,
  container: BitWidth,
  signed: boolean,
): CodeRange {
  let [lowest, highest, zeros] = [0, 0, 0];
  for (const code of codes) {
    if (code < lowest) lowest = code;
    if (code > highest) highest = code;
    if (code === 0) zeros++;
  }
  for (const bits of [...codeBits].reverse()) {
    if (bits < 2 && !signed) continue;
    const grid = gridFor(bits, signed, 'float32');
    const holds = grid.container === container && grid.lowest <= lowest && highest <= grid.highest;
    if (holds && (grid.step === 1 || zeros === 0)) {
      return { low: grid.lowest, high: grid.highest, step: grid.step };
    }
  }
  const low = signed ? -(2 ** (container - 1)) : 0;
  return { low, high: low + 2 ** container - 1, step: 1 };
}
