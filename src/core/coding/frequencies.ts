/**
 * The table of a stream: how often each symbol occurs, as shares of 2^14. Counts are kept as small
 * floating-point numbers of 0 to 4 bits of mantissa, and of these the steps from one symbol to the next:
 * a table of 256 symbols takes about 100 bytes, and its coarseness costs a thousandth of a bit.
 */
import { log2 } from '../math/logarithm.ts';
import { BitReader, BitWriter, damagedCoding } from './bits.ts';

/** Shares are of 2 to this power. */
export const shareBits = 14;
const whole = 2 ** shareBits;
const mostMantissa = 4;
/** Of symbols that do not occur their number follows, in a Rice code with so many bits. */
const runBits = 4;
/** Counts beyond 2^24 do not fit a window. */
const longestExponent = 24;

/** A table as it is written, and what it means. */
export interface Frequencies {
  readonly table: Uint8Array<ArrayBuffer>;
  /** Of each symbol; together 2^14. 0 where a symbol does not occur. */
  readonly shares: Uint16Array<ArrayBuffer>;
  /** Bits of all symbols coded with it, itself included. */
  readonly cost: number;
}

/** The table that takes the fewest bits together with the symbols that were counted. */
export function frequenciesOf(counts: ArrayLike<number>): Frequencies {
  let best: Frequencies | undefined;
  for (let mantissa = 0; mantissa <= mostMantissa; mantissa++) {
    const levels = Array.from(counts, (count) => levelOf(count, mantissa));
    const table = writeLevels(levels, mantissa);
    const shares = sharesOf(levels, mantissa);
    let cost = 8 * table.length;
    for (let symbol = 0; symbol < counts.length; symbol++) {
      if (counts[symbol]! > 0) cost += counts[symbol]! * (shareBits - log2(shares[symbol]!));
    }
    if (!best || cost < best.cost) best = { table, shares, cost };
  }
  return best!;
}

/** Reads a table of `symbols` symbols; `size` is how many bytes it took. Errors: ModelError. */
export function readFrequencies(
  from: Uint8Array,
  symbols: number,
): { readonly shares: Uint16Array<ArrayBuffer>; readonly size: number } {
  const bits = new BitReader(from);
  const mantissa = bits.read(3);
  if (mantissa > mostMantissa) throw damagedCoding('a table has an unknown form');
  const most = (longestExponent + 1) * 2 ** mantissa;
  const rice = new Steps();
  const levels: number[] = [];
  for (let last = 0; levels.length < symbols;) {
    last += unsignedOf(bits.rice(rice.low));
    if (last < 0 || last > most) throw damagedCoding('a table is out of bounds');
    rice.saw(last - (levels[levels.length - 1] ?? 0));
    levels.push(last);
    if (last > 0) continue;
    const more = bits.rice(runBits);
    if (more > symbols - levels.length) throw damagedCoding('a table is too long');
    for (let left = more; left > 0; left--) levels.push(0);
  }
  if (levels.every((level) => level === 0)) throw damagedCoding('a table is empty');
  return { shares: sharesOf(levels, mantissa), size: bits.used };
}

function writeLevels(levels: readonly number[], mantissa: number): Uint8Array<ArrayBuffer> {
  const bits = new BitWriter();
  bits.write(mantissa, 3);
  const rice = new Steps();
  for (let at = 0, last = 0; at < levels.length;) {
    const step = levels[at]! - last;
    bits.rice(foldedOf(step), rice.low);
    rice.saw(step);
    last = levels[at++]!;
    if (last > 0) continue;
    let more = 0;
    while (at + more < levels.length && levels[at + more] === 0) more++;
    bits.rice(more, runBits);
    at += more;
  }
  return bits.bytes();
}

/** The parameter of the next Rice code, from the steps before it (as in LOCO-I, Weinberger 2000). */
class Steps {
  private sum = 4;
  private count = 1;
  low = 2;

  saw(step: number): void {
    this.sum += Math.abs(step) * 2;
    this.count++;
    if (this.count > 16) [this.sum, this.count] = [this.sum / 2, this.count / 2];
    this.low = 0;
    while (this.count * 2 ** this.low < this.sum && this.low < 12) this.low++;
  }
}

/** 0, −1, 1, −2, … as 0, 1, 2, 3, … */
const foldedOf = (step: number): number => (step < 0 ? -2 * step - 1 : 2 * step);
const unsignedOf = (folded: number): number => (folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2);

/** 0 for none; else 1 and more, `2^mantissa` levels for each doubling. */
function levelOf(count: number, mantissa: number): number {
  if (count === 0) return 0;
  let [exponent, rest] = [0, count];
  for (; rest >= 2; rest /= 2) exponent++;
  // To the nearest; what rounds up to 2 is the next exponent's first level by itself.
  return 1 + exponent * 2 ** mantissa + Math.floor((rest - 1) * 2 ** mantissa + 0.5);
}

function countOf(level: number, mantissa: number): number {
  if (level === 0) return 0;
  const steps = 2 ** mantissa;
  const exponent = Math.floor((level - 1) / steps);
  return (1 + ((level - 1) % steps) / steps) * 2 ** exponent;
}

/** Shares in proportion, each at least 1; what rounding leaves over goes to the most frequent. */
function sharesOf(levels: readonly number[], mantissa: number): Uint16Array<ArrayBuffer> {
  const counts = levels.map((level) => countOf(level, mantissa));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = Uint16Array.from(counts, (count) =>
    count === 0 ? 0 : Math.max(1, Math.floor((count * whole) / total)),
  );
  let rest = whole - shares.reduce((sum, share) => sum + share, 0);
  while (rest !== 0) {
    const most = mostFrequent(shares);
    const step = rest > 0 ? rest : -1;
    shares[most] = shares[most]! + step;
    rest -= step;
  }
  return shares;
}

function mostFrequent(shares: Uint16Array): number {
  let most = 0;
  for (let symbol = 1; symbol < shares.length; symbol++) {
    if (shares[symbol]! > shares[most]!) most = symbol;
  }
  return most;
}
