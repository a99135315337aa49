/** Bits in bytes, the lowest first, and small whole numbers in few of them. */
import { ModelError } from '../errors.ts';

/** Above so many leading ones a number is damage. */
const longest = 24;

export class BitWriter {
  private readonly done: number[] = [];
  private bits = 0;
  private count = 0;

  /** The lowest `width` bits, at most 16. */
  write(value: number, width: number): void {
    this.bits |= (value & ((1 << width) - 1)) << this.count;
    this.count += width;
    while (this.count >= 8) {
      this.done.push(this.bits & 255);
      this.bits >>>= 8;
      this.count -= 8;
    }
  }

  /** Golomb-Rice: the quotient by 2^`low` in ones and a zero, then the rest. */
  rice(value: number, low: number): void {
    for (let ones = value >>> low; ones > 0; ones--) this.write(1, 1);
    this.write(0, 1);
    this.write(value, low);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.count > 0 ? [...this.done, this.bits & 255] : this.done);
  }
}

/** Errors of all methods: ModelError where the bytes end too early. */
export class BitReader {
  private readonly from: Uint8Array;
  private bits = 0;
  private count = 0;
  /** Bytes that were begun. */
  used = 0;

  constructor(from: Uint8Array) {
    this.from = from;
  }

  read(width: number): number {
    while (this.count < width) {
      const byte = this.from[this.used++];
      if (byte === undefined) throw damagedCoding('a table ends too early');
      this.bits |= byte << this.count;
      this.count += 8;
    }
    const value = this.bits & ((1 << width) - 1);
    this.bits >>>= width;
    this.count -= width;
    return value;
  }

  rice(low: number): number {
    let ones = 0;
    while (this.read(1) === 1) {
      if (++ones > longest << 8) throw damagedCoding('a number in a table is too long');
    }
    return ones * 2 ** low + this.read(low);
  }
}

/** What every reader of coded files says of damage. */
export const damagedCoding = (what: string): ModelError =>
  new ModelError(`This coded file is damaged: ${what}. Download or export it again.`);
