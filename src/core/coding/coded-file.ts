/**
 * The coded file (`.scrunch`): the files of a model in fewer bytes, from which they come back bit by bit.
 * After a mark of eight bytes and the version stands for each file a 1, what it is, its path and its size,
 * then windows (how many bytes of the file, how many here, and those), then the CRC-32 of the file. A 0
 * ends it. Both directions take one window at a time, so memory stays small.
 */
import { createCRC32 } from 'hash-wasm';

import { ModelError } from '../errors.ts';
import { damagedCoding } from './bits.ts';
import { codedMark, isCodedFile, partKinds as kinds, type CodedPart } from './coded-mark.ts';
import { Portions } from './portions.ts';
import { RecordReader, RecordWriter } from './records.ts';
import { externalRegions, regionsOf, type Region } from './regions.ts';
import { decodeWindow, encodeWindow, windowSize, type Stretch } from './window.ts';

export { partsOf, type CodedPart } from './coded-mark.ts';

export interface CodingOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the files, not of the coded one. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Of coding alone. */
export interface EncodingOptions extends CodingOptions {
  /** Files that are not coded, but know of those that are: a model of its external data. */
  readonly beside?: readonly CodedPart[];
}

const version = 1;
/** How many times larger than a coded file its files may be: a small one must not fill a disk. */
const mostExpansion = 4096;
const longestPath = 4096;
const mostFiles = 10_000;
/** A window that is not coded takes some bytes more than it holds. */
const largestCoded = windowSize + 2 ** 16;

/** The coded file. The same bytes for the same parts, on every machine. Errors: the signal's reason. */
export async function encodeParts(
  parts: readonly CodedPart[],
  options: EncodingOptions = {},
): Promise<Blob> {
  const out = new Portions();
  for await (const piece of codedPieces(parts, options)) out.add(piece);
  return out.done();
}

/** Bytes of the coded file, which is not kept. Errors: as `encodeParts`. */
export async function codedSize(
  parts: readonly CodedPart[],
  options: EncodingOptions = {},
): Promise<number> {
  let size = 0;
  for await (const piece of codedPieces(parts, options)) size += piece.length;
  return size;
}

/** The coded file piece by piece. Errors: as `encodeParts`. */
export async function* codedPieces(
  parts: readonly CodedPart[],
  { signal, onProgress, beside = [] }: EncodingOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined> {
  signal?.throwIfAborted();
  const total = parts.reduce((sum, { blob }) => sum + blob.size, 0);
  const regions = await regionsOfParts([...parts, ...beside]);
  yield Uint8Array.of(...codedMark, version);
  let [done, size] = [0, codedMark.length + 1];
  for (const part of parts) {
    for await (const [piece, read] of piecesOfPart(part, regions.get(part) ?? [])) {
      signal?.throwIfAborted();
      size += piece.length;
      done += read;
      yield piece;
      onProgress?.(done, total);
    }
  }
  // The reader accepts no larger expansion.
  yield new Uint8Array(Math.max(1, Math.ceil(total / mostExpansion) - size));
}

async function regionsOfParts(
  parts: readonly CodedPart[],
): Promise<ReadonlyMap<CodedPart, readonly Region[]>> {
  const found = new Map<CodedPart, readonly Region[]>();
  const main = parts.find(({ kind }) => kind === 'onnx');
  if (!main) return found;
  const external = new Map(
    parts.filter(({ kind }) => kind === 'external').map(({ path, blob }) => [path, blob]),
  );
  found.set(main, await regionsOf(main.blob));
  const outside = await externalRegions({ onnx: main.blob, external });
  for (const part of parts) {
    if (part.kind === 'external') found.set(part, outside.get(part.path) ?? []);
  }
  return found;
}

const utf8 = new TextEncoder();

/** The pieces of one file, each with how many of its bytes it stands for. */
async function* piecesOfPart(
  { path, kind, blob }: CodedPart,
  regions: readonly Region[],
): AsyncGenerator<[Uint8Array<ArrayBuffer>, number], undefined> {
  const name = utf8.encode(path);
  const head = new RecordWriter().number(1).number(kinds.indexOf(kind)).number(name.length);
  yield [head.bytes(), 0];
  yield [name, 0];
  yield [new RecordWriter().number(blob.size).bytes(), 0];
  const checksum = (await createCRC32()).init();
  for (let start = 0; start < blob.size;) {
    const end = windowEnd(start, blob.size, regions);
    const bytes = new Uint8Array(await blob.slice(start, end).arrayBuffer());
    checksum.update(bytes);
    const coded = encodeWindow(bytes, stretchesOf(start, end, regions));
    yield [new RecordWriter().number(bytes.length).number(coded.length).bytes(), 0];
    yield [coded, bytes.length];
    start = end;
  }
  yield [checksum.digest('binary').slice(), 0];
}

/** Where a window ends that begins at `start`: no number is cut. */
function windowEnd(start: number, size: number, regions: readonly Region[]): number {
  const end = Math.min(size, start + windowSize);
  const cut = regions.find((region) => region.start < end && region.end > end);
  return cut && cut.width > 1 ? end - ((end - Math.max(cut.start, start)) % cut.width) : end;
}

function stretchesOf(start: number, end: number, regions: readonly Region[]): Stretch[] {
  const stretches: Stretch[] = [];
  let at = start;
  for (const region of regions) {
    const [from, to] = [Math.max(region.start, at), Math.min(region.end, end)];
    if (from >= to) continue;
    if (from > at) stretches.push({ length: from - at, width: 0 });
    stretches.push({ length: to - from, width: region.width });
    at = to;
  }
  if (at < end) stretches.push({ length: end - at, width: 0 });
  return stretches;
}

/**
 * The files of a coded file, checked. Errors: ModelError where it is none, damaged, or made by a later
 * version; the signal's reason.
 */
export async function decodeParts(coded: Blob, options: CodingOptions = {}): Promise<CodedPart[]> {
  const { signal, onProgress } = options;
  const from = new Stream(coded);
  if (!(await isCodedFile(coded))) throw new ModelError('This is not a file that Scrunch coded.');
  const head = await from.bytes(codedMark.length + 1);
  if (head[codedMark.length] !== version) {
    throw new ModelError(
      `This file was coded by another version of Scrunch (${head[codedMark.length]}). Open it with that one.`,
    );
  }
  const parts: CodedPart[] = [];
  let done = 0;
  while ((await from.number(1)) === 1) {
    if (parts.length === mostFiles) throw damagedCoding(`it holds more than ${mostFiles} files`);
    const read = (bytes: number, size: number): void => {
      signal?.throwIfAborted();
      onProgress?.(done + bytes, done + size);
    };
    const part = await decodePart(from, coded.size * mostExpansion - done, read);
    done += part.blob.size;
    parts.push(part);
  }
  return parts;
}

async function decodePart(
  from: Stream,
  most: number,
  onRead: (done: number, size: number) => void,
): Promise<CodedPart> {
  const kind = kinds[await from.number(kinds.length - 1)]!;
  const path = new TextDecoder().decode(await from.bytes(await from.number(longestPath)));
  if (!isInside(path)) throw damagedCoding('a file in it has a path that leads elsewhere');
  const size = await from.number(most);
  const checksum = (await createCRC32()).init();
  const out = new Portions();
  for (let done = 0; done < size;) {
    const length = await from.number(Math.min(size - done, windowSize));
    if (length === 0) throw damagedCoding('a part of it is empty');
    const bytes = decodeWindow(await from.bytes(await from.number(largestCoded)), length);
    checksum.update(bytes);
    out.add(bytes);
    done += length;
    onRead(done, size);
  }
  const expected = await from.bytes(4);
  if (checksum.digest('binary').some((byte, index) => byte !== expected[index])) {
    throw damagedCoding(`"${path}" did not come out as it was`);
  }
  return { path, kind, blob: out.done() };
}

/** Whether a path stays in the folder of the model. */
const isInside = (path: string): boolean =>
  path !== '' &&
  !/[\\:\p{Cc}]/u.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/** A Blob read from its beginning, of which a little more than is asked for lies in the heap. */
class Stream {
  private readonly from: Blob;
  private reader = new RecordReader(new Uint8Array(0));
  private loaded = 0;

  constructor(from: Blob) {
    this.from = from;
  }

  /** Errors: ModelError where the file ends before. */
  async bytes(count: number): Promise<Uint8Array> {
    await this.load(count);
    return this.reader.bytes(count);
  }

  async number(most: number): Promise<number> {
    await this.load(8);
    return this.reader.number(most);
  }

  private async load(count: number): Promise<void> {
    if (this.reader.left >= count || this.loaded === this.from.size) return;
    const start = this.loaded - this.reader.left;
    this.loaded = Math.min(this.from.size, start + Math.max(count, windowSize));
    const bytes = await this.from.slice(start, this.loaded).arrayBuffer();
    this.reader = new RecordReader(new Uint8Array(bytes));
  }
}
