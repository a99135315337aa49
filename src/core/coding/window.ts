/**
 * A stretch of a file, coded for itself. Its bytes are sorted into streams: names and structure in one,
 * codes in others, numbers of several bytes in one stream for each of their bytes, since sign and
 * exponent repeat where the mantissa does not. Stretches whose symbols occur alike share a stream, and so
 * the cost of its table.
 */
import { damagedCoding } from './bits.ts';
import { countBytes, entropyOfCounts } from './entropy.ts';
import { RecordReader, RecordWriter } from './records.ts';
import { repeats } from './repetition.ts';
import { decodeStream, deflatedSize, encodeStream, sampled, worth } from './stream.ts';

/** Bytes of a file that are coded together: tables are small beside them, and memory stays small. */
export const windowSize = 2 ** 20;

/** Bytes of a number; 0 for names and structure. */
export type Width = 0 | 1 | 2 | 4 | 8;

/** Neighboring bytes of one kind. */
export interface Stretch {
  readonly length: number;
  readonly width: Width;
}

/** Bits that a table and its stream take, roughly: what a further stream has to save. */
const streamCost = 8 * 64;
/** Of one kind: more are hardly ever worth the search for the best. */
const mostOfKind = 8;
/** Of all kinds. */
const mostStreams = 255;
const mostStretches = 2 ** 16;

/** Bytes that share a table. */
interface Draft {
  readonly key: string;
  readonly text: boolean;
  readonly counts: Uint32Array<ArrayBuffer>;
  readonly pieces: Uint8Array[];
  bits: number;
}

/** Codes the bytes of a window; the stretches add up to them. */
export function encodeWindow(
  bytes: Uint8Array,
  stretches: readonly Stretch[],
): Uint8Array<ArrayBuffer> {
  const drafts: Draft[] = [];
  const map = new RecordWriter().number(stretches.length);
  let at = 0;
  for (const { length, width } of stretches) {
    const part = bytes.subarray(at, (at += length));
    const repeats = width > 1 && isRepetitive(part, width);
    const step = repeats ? 1 : width;
    map.number(length).number(step);
    for (let plane = 0; plane < Math.max(1, step); plane++) {
      const key = repeats ? 'repeats' : `${width}.${plane}`;
      map.number(placed(drafts, key, repeats || width === 0, planeOf(part, step, plane)));
    }
  }
  const streams = [
    encodeStream(map.bytes(), true),
    ...drafts.map(({ pieces, text }) => encodeStream(joined(pieces), text)),
  ];
  const head = new RecordWriter().number(map.bytes().length).number(drafts.length);
  for (const { method, payload } of streams) head.number(method).number(payload.length);
  return joined([head.bytes(), ...streams.map(({ payload }) => payload)]);
}

/** The bytes of a window, `size` of them. Errors: ModelError for damage. */
export function decodeWindow(coded: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const reader = new RecordReader(coded);
  const map = new Uint8Array(reader.number(windowSize));
  const count = reader.number(mostStreams);
  const heads = Array.from({ length: count + 1 }, () => ({
    method: reader.number(255),
    length: reader.number(coded.length),
  }));
  const payloads = heads.map(({ length }) => reader.bytes(length));
  if (reader.left > 0) throw damagedCoding('a part of it is longer than it should be');
  decodeStream(heads[0]!.method, payloads[0]!, map);
  const planes = readMap(map, count, size);
  const streams = lengthsOf(planes, count).map((length, stream) => {
    const out = new Uint8Array(length);
    decodeStream(heads[stream + 1]!.method, payloads[stream + 1]!, out);
    return out;
  });
  return scattered(planes, streams, size);
}

/** One byte of each number of a stretch, and the stream that they lie in. */
interface Plane {
  readonly start: number;
  readonly step: number;
  readonly count: number;
  readonly stream: number;
}

function readMap(map: Uint8Array, streams: number, size: number): Plane[] {
  const reader = new RecordReader(map);
  const planes: Plane[] = [];
  let start = 0;
  for (let left = reader.number(mostStretches); left > 0; left--) {
    const length = reader.number(size - start);
    const step = Math.max(1, reader.number(8));
    if (length % step !== 0) throw damagedCoding('a number in it is cut');
    for (let plane = 0; plane < step; plane++) {
      const stream = reader.number(streams - 1);
      planes.push({ start: start + plane, step, count: length / step, stream });
    }
    start += length;
  }
  if (start !== size || reader.left > 0) throw damagedCoding('its map does not fit');
  return planes;
}

function lengthsOf(planes: readonly Plane[], streams: number): number[] {
  const lengths = new Array<number>(streams).fill(0);
  for (const { stream, count } of planes) lengths[stream]! += count;
  return lengths;
}

function scattered(
  planes: readonly Plane[],
  streams: readonly Uint8Array[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const used = new Array<number>(streams.length).fill(0);
  for (const { start, step, count, stream } of planes) {
    const from = streams[stream]!.subarray(used[stream], (used[stream]! += count));
    if (step === 1) bytes.set(from, start);
    else
      for (let index = 0, at = start; index < count; index++, at += step) bytes[at] = from[index]!;
  }
  return bytes;
}

function planeOf(bytes: Uint8Array, width: Width, plane: number): Uint8Array {
  if (width <= 1) return bytes;
  const picked = new Uint8Array(bytes.length / width);
  for (let index = 0, at = plane; index < picked.length; index++, at += width) {
    picked[index] = bytes[at]!;
  }
  return picked;
}

/**
 * Whether whole numbers come again and again, as zeros do in pruned weights and the values of a coarse
 * grid: then taking their bytes apart hides it.
 */
function isRepetitive(bytes: Uint8Array, width: Width): boolean {
  const start = Math.floor(Math.max(0, bytes.length - sampled) / 2 / width) * width;
  const sample = bytes.subarray(start, start + sampled);
  if (!repeats(sample, width, width)) return false;
  let apart = 0;
  for (let plane = 0; plane < width; plane++) {
    apart += entropyOfCounts(countBytes(planeOf(sample, width, plane)));
  }
  return deflatedSize(sample) * 8 < worth * apart;
}

/** Puts bytes into the stream of their kind where they cost the least; gives its number. */
function placed(drafts: Draft[], key: string, text: boolean, piece: Uint8Array): number {
  const counts = countBytes(piece);
  const alone = entropyOfCounts(counts);
  const kin = drafts.filter((draft) => draft.key === key);
  let best: Draft | undefined;
  let least = kin.length < mostOfKind ? alone + streamCost : Infinity;
  for (const draft of kin) {
    const joint = text ? 0 : entropyOfCounts(added(draft.counts, counts)) - draft.bits;
    if (joint < least) [best, least] = [draft, joint];
  }
  if (!best) return drafts.push({ key, text, counts, pieces: [piece], bits: alone }) - 1;
  best.pieces.push(piece);
  best.counts.set(added(best.counts, counts));
  best.bits = entropyOfCounts(best.counts);
  return drafts.indexOf(best);
}

const added = (a: Uint32Array, b: Uint32Array): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(a, (count, symbol) => count + b[symbol]!);

/** All pieces one after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
