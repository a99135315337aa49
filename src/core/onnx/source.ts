/**
 * A file of which only a window is loaded. Sequential reading widens the window; a jump over a
 * payload narrows it again, so that walking a large model reads little more than its structure.
 */
import { sizeOf } from './bytes.ts';
import type { Bytes } from './types.ts';

/** Payloads above this many bytes stay in the file as slices. */
export const smallPayload = 4 * 1024;
const firstWindow = 2 * 1024;
const largestWindow = 256 * 1024;

/** Where in their file bytes begin that were taken out of it. */
const places = new WeakMap<Bytes, number>();

/** The offset of bytes in the file that they were read from; undefined for bytes made here. */
export const placeInFile = (bytes: Bytes): number | undefined => places.get(bytes);

/** A range of bytes, end excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export class Source {
  readonly length: number;
  private readonly all: Bytes;
  private window: Uint8Array;
  private base = 0;
  private nextWindow = firstWindow;

  constructor(all: Bytes) {
    this.all = all;
    this.length = sizeOf(all);
    this.window = all instanceof Uint8Array ? all : new Uint8Array(0);
  }

  has(start: number, end: number): boolean {
    return start >= this.base && end <= this.base + this.window.byteLength;
  }

  /** Makes at least [start, end) available to `byte` and `view`. */
  async load({ start, end }: Range): Promise<void> {
    if (this.all instanceof Uint8Array) return;
    const sequential = start >= this.base && start <= this.base + this.window.byteLength;
    this.nextWindow = sequential ? Math.min(this.nextWindow * 4, largestWindow) : firstWindow;
    const stop = Math.min(Math.max(end, start + this.nextWindow), this.length);
    this.window = new Uint8Array(await this.all.slice(start, stop).arrayBuffer());
    this.base = start;
  }

  byte(at: number): number {
    return this.window[at - this.base] as number;
  }

  /** Loaded bytes, not copied. */
  view(start: number, end: number): Uint8Array {
    return this.window.subarray(start - this.base, end - this.base);
  }

  /** Any range: a view where it is small and loaded, otherwise a slice that reads when needed. */
  lazy(start: number, end: number): Bytes {
    const bytes = this.cut(start, end);
    places.set(bytes, start);
    return bytes;
  }

  private cut(start: number, end: number): Bytes {
    if (this.all instanceof Uint8Array) return this.all.subarray(start, end);
    if (end - start <= smallPayload && this.has(start, end)) return this.view(start, end);
    return this.all.slice(start, end);
  }
}
