/** Numbers and names of a coded file: base-128 numbers, the lowest first, and bytes with their length. */
import { damagedCoding } from './bits.ts';

export class RecordWriter {
  private readonly done: number[] = [];

  number(value: number): this {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.done.push((rest % 128) + 128);
    this.done.push(rest);
    return this;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.done);
  }
}

/** Errors of all methods: ModelError where the bytes end too early or a number is beyond `most`. */
export class RecordReader {
  private readonly from: Uint8Array;
  at = 0;

  constructor(from: Uint8Array) {
    this.from = from;
  }

  number(most: number): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 56; factor *= 128) {
      const byte = this.from[this.at++];
      if (byte === undefined) throw damagedCoding('it ends too early');
      value += (byte & 127) * factor;
      if (value > most) break;
      if (byte < 128) return value;
    }
    throw damagedCoding('a number in it is too large');
  }

  /** A view, not a copy. */
  bytes(count: number): Uint8Array {
    if (count > this.left) throw damagedCoding('it ends too early');
    return this.from.subarray(this.at, (this.at += count));
  }

  get left(): number {
    return this.from.length - this.at;
  }
}
