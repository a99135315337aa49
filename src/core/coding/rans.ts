/**
 * Asymmetric numeral systems (Duda, "Asymmetric numeral systems: entropy coding combining speed of
 * Huffman coding with compression rate of arithmetic coding", 2013), in its range variant with bytes: a
 * symbol of share f out of 2^14 turns the state x into ⌊x ÷ f⌋·2^14 + start + x mod f. Two states take
 * turns, so that one waits less for the other. Whole numbers below 2^31 only: the same on every machine.
 */
import { damagedCoding } from './bits.ts';
import { shareBits } from './frequencies.ts';

/** Between two symbols a state lies in [2^23, 2^31). */
const lowest = 2 ** 23;
const whole = 2 ** shareBits;
const mask = whole - 1;
/** x ≥ f·2^17 would leave the range. */
const spill = 17;
/** Bytes of both states. */
const statesSize = 8;

/** Where each symbol's share begins. */
export function startsOf(shares: Uint16Array): Uint16Array<ArrayBuffer> {
  const starts = new Uint16Array(shares.length);
  for (let symbol = 1; symbol < shares.length; symbol++) {
    starts[symbol] = starts[symbol - 1]! + shares[symbol - 1]!;
  }
  return starts;
}

/** Symbols as bytes; each must have a share. */
export function encodeSymbols(symbols: Uint8Array, shares: Uint16Array): Uint8Array<ArrayBuffer> {
  const starts = startsOf(shares);
  // No symbol takes more than 14 bits.
  const out = new Uint8Array(symbols.length * 2 + statesSize);
  let at = out.length;
  let [even, odd] = [lowest, lowest];
  for (let index = symbols.length - 1; index >= 0; index--) {
    const symbol = symbols[index]!;
    const share = shares[symbol]!;
    let state = index % 2 === 0 ? even : odd;
    while (state >>> spill >= share) {
      out[--at] = state;
      state >>>= 8;
    }
    const times = (state / share) | 0;
    state = (times << shareBits) + (state - times * share) + starts[symbol]!;
    if (index % 2 === 0) even = state;
    else odd = state;
  }
  for (const state of [odd, even]) {
    for (let shift = 24; shift >= 0; shift -= 8) out[--at] = state >>> shift;
  }
  return out.slice(at);
}

/** The symbols, into `out`, which says how many there are. Errors: ModelError where the bytes are not theirs. */
export function decodeSymbols(bytes: Uint8Array, shares: Uint16Array, out: Uint8Array): void {
  const starts = startsOf(shares);
  const symbolOf = new Uint8Array(whole);
  for (let symbol = 0; symbol < shares.length; symbol++) {
    symbolOf.fill(symbol, starts[symbol], starts[symbol]! + shares[symbol]!);
  }
  let even = firstState(bytes, 0);
  let odd = firstState(bytes, 4);
  let at = statesSize;
  const end = bytes.length;
  const pairs = out.length - (out.length % 2);
  let index = 0;
  while (index < pairs) {
    const first = symbolOf[even & mask]!;
    even = shares[first]! * (even >>> shareBits) + (even & mask) - starts[first]!;
    while (even < lowest && at < end) even = (even << 8) | bytes[at++]!;
    const second = symbolOf[odd & mask]!;
    odd = shares[second]! * (odd >>> shareBits) + (odd & mask) - starts[second]!;
    while (odd < lowest && at < end) odd = (odd << 8) | bytes[at++]!;
    out[index++] = first;
    out[index++] = second;
  }
  if (index < out.length) {
    const last = symbolOf[even & mask]!;
    even = shares[last]! * (even >>> shareBits) + (even & mask) - starts[last]!;
    while (even < lowest && at < end) even = (even << 8) | bytes[at++]!;
    out[index] = last;
  }
  // The states end where the encoder began, and nothing is left over.
  if (even !== lowest || odd !== lowest || at !== end) {
    throw damagedCoding('the codes do not end where they should');
  }
}

function firstState(bytes: Uint8Array, at: number): number {
  let state = 0;
  for (let byte = 3; byte >= 0; byte--) state = state * 256 + (bytes[at + byte] ?? 0);
  if (bytes.length >= statesSize && state >= lowest && state < 2 ** 31) return state;
  throw damagedCoding('the codes do not begin as they should');
}
