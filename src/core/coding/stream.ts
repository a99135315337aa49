/** Bytes of one kind in whichever way takes the fewest: as they are, deflated, or by how often each symbol occurs. */
import { deflateSync, inflateSync } from 'fflate';

import { damagedCoding } from './bits.ts';
import { countBytes, entropyOfCounts } from './entropy.ts';
import { frequenciesOf, readFrequencies, type Frequencies } from './frequencies.ts';
import { decodeSymbols, encodeSymbols } from './rans.ts';
import { repeats } from './repetition.ts';

/** Their places are what the file says. `halves`: two symbols of 4 bits to a byte. */
const methods = ['raw', 'deflate', 'bytes', 'halves'] as const;

/** A stream as it is written. */
export interface CodedStream {
  /** One of the numbers that `decodeStream` knows. */
  readonly method: number;
  readonly payload: Uint8Array;
}

/** Bytes of a sample that tells whether deflating is worth the time. */
export const sampled = 2 ** 14;
/** Deflating costs more time, so it has to win by this share. */
export const worth = 0.97;
/** From here on the best of deflation takes too long. */
const patient = 2 ** 16;
/** Bytes of the states of the codes. */
const states = 8;

/** Codes bytes. `text` says that they are names and structure rather than numbers. */
export function encodeStream(bytes: Uint8Array, text: boolean): CodedStream {
  const counts = countBytes(bytes);
  const whole = frequenciesOf(counts);
  const halves = frequenciesOf(countHalves(counts));
  const [coded, method] =
    halves.cost < whole.cost ? ([halves, 'halves'] as const) : ([whole, 'bytes'] as const);
  const size = states + coded.cost / 8;
  if (text || deflates(bytes)) {
    // The size of its tables is given, since it would else come from a logarithm of the platform's.
    const level = bytes.length < patient ? 9 : 6;
    const payload = deflateSync(bytes, { level, mem: 10 });
    if (payload.length < Math.min(bytes.length, size)) return stream('deflate', payload);
  }
  if (size >= bytes.length) return stream('raw', bytes);
  const symbols = method === 'halves' ? halvesOf(bytes) : bytes;
  const payload = withTable(coded, encodeSymbols(symbols, coded.shares));
  return payload.length < bytes.length ? stream(method, payload) : stream('raw', bytes);
}

/** The bytes of a stream, into `out`, which says how many there are. Errors: ModelError for damage. */
export function decodeStream(method: number, payload: Uint8Array, out: Uint8Array): void {
  const name = methods[method];
  if (name === undefined) throw damagedCoding(`it was coded in an unknown way (${method})`);
  if (name === 'raw') {
    if (payload.length !== out.length) throw damagedCoding('a stream has another length');
    out.set(payload);
  } else if (name === 'deflate') inflate(payload, out);
  else {
    const { shares, size } = readFrequencies(payload, name === 'halves' ? 16 : 256);
    const codes = payload.subarray(size);
    if (name === 'bytes') decodeSymbols(codes, shares, out);
    else {
      const symbols = new Uint8Array(out.length * 2);
      decodeSymbols(codes, shares, symbols);
      for (let at = 0; at < out.length; at++) {
        out[at] = symbols[2 * at]! | (symbols[2 * at + 1]! << 4);
      }
    }
  }
}

const stream = (method: (typeof methods)[number], payload: Uint8Array): CodedStream => ({
  method: methods.indexOf(method),
  payload,
});

/** Whether repetitions make the bytes smaller than their frequencies do: of tables and masks, hardly of weights. */
function deflates(bytes: Uint8Array): boolean {
  const start = Math.floor(Math.max(0, bytes.length - sampled) / 2);
  const sample = bytes.subarray(start, start + sampled);
  if (!repeats(sample, 8, 1)) return false;
  return deflatedSize(sample) * 8 < worth * entropyOfCounts(countBytes(sample));
}

/** Bytes of a sample when it is deflated. */
export const deflatedSize = (sample: Uint8Array): number =>
  deflateSync(sample, { level: 6, mem: 10 }).length;

function inflate(payload: Uint8Array, out: Uint8Array): void {
  let size: number;
  try {
    // fflate writes into what it is given and ignores what is beyond.
    size = inflateSync(payload, { out }).length;
  } catch {
    throw damagedCoding('a deflated stream makes no sense');
  }
  // Of nothing it makes what it was given.
  if (size !== out.length || payload.length === 0)
    throw damagedCoding('a deflated stream ends too early');
}

function countHalves(counts: Uint32Array): Uint32Array {
  const halves = new Uint32Array(16);
  counts.forEach((count, byte) => {
    halves[byte & 15]! += count;
    halves[byte >> 4]! += count;
  });
  return halves;
}

function halvesOf(bytes: Uint8Array): Uint8Array {
  const halves = new Uint8Array(bytes.length * 2);
  for (let at = 0; at < bytes.length; at++) {
    halves[2 * at] = bytes[at]! & 15;
    halves[2 * at + 1] = bytes[at]! >> 4;
  }
  return halves;
}

function withTable({ table }: Frequencies, codes: Uint8Array): Uint8Array {
  const payload = new Uint8Array(table.length + codes.length);
  payload.set(table);
  payload.set(codes, table.length);
  return payload;
}
