/**
 * Writes protobuf messages as a list of byte pieces. A message that was read and not replaced is
 * written from where it stood, byte for byte; only edited messages are encoded anew, with their
 * fields in ascending order as every protobuf library writes them.
 */
import { sizeOf } from './bytes.ts';
import { originOf } from './decode.ts';
import type { Field, Schema } from './message.ts';
import type { Bytes, NumberRun } from './types.ts';

type Message = Readonly<Record<string, unknown>>;
export interface EncodeOptions {
  /** Encode even what was not edited: shows in tests that the table is complete. */
  readonly afresh?: boolean;
}

/** The message as pieces to be written one after the other. */
export function encode(schema: Schema, message: object, options: EncodeOptions = {}): Bytes[] {
  const writer = new Writer();
  writeMessage(writer, schema, message as Message, options);
  return writer.pieces();
}

/** Gathers small writes into chunks and passes large pieces through untouched. */
class Writer {
  size = 0;
  private readonly done: Bytes[] = [];
  private chunk = new Uint8Array(256);
  private used = 0;

  bytes(piece: Bytes): void {
    const size = sizeOf(piece);
    if (piece instanceof Uint8Array && size <= 1024) {
      this.reserve(size);
      this.chunk.set(piece, this.used);
      this.used += size;
    } else if (size > 0) {
      this.flush();
      this.done.push(piece);
    }
    this.size += size;
  }

  /** A base-128 number; negative ones take ten bytes, as int64 does. */
  varint(value: bigint | number): void {
    this.reserve(10);
    const start = this.used;
    if (typeof value === 'number' && value >= 0) {
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 128))
        this.chunk[this.used++] = (rest % 128) | 0x80;
      this.chunk[this.used++] = rest;
    } else {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 0x80n; rest >>= 7n) this.chunk[this.used++] = Number(rest & 0x7fn) | 0x80;
      this.chunk[this.used++] = Number(rest);
    }
    this.size += this.used - start;
  }

  float(value: number): void {
    this.reserve(4);
    new DataView(this.chunk.buffer).setFloat32(this.used, value, true);
    this.used += 4;
    this.size += 4;
  }

  pieces(): Bytes[] {
    this.flush();
    return this.done;
  }

  private reserve(size: number): void {
    if (this.used + size <= this.chunk.byteLength) return;
    const grown = new Uint8Array(Math.max(this.chunk.byteLength * 2, this.used + size));
    grown.set(this.chunk.subarray(0, this.used));
    this.chunk = grown;
  }

  private flush(): void {
    if (this.used === 0) return;
    this.done.push(this.chunk.slice(0, this.used));
    this.used = 0;
  }
}

function writeMessage(
  writer: Writer,
  schema: Schema,
  message: Message,
  options: EncodeOptions,
): void {
  const origin = options.afresh ? undefined : originOf(message);
  if (origin) {
    writer.bytes(origin);
    return;
  }
  for (const field of schema.fields) {
    const value = message[field.key];
    if (value !== undefined) writeField(writer, field, value, options);
  }
  for (const unknown of (message['unknown'] ?? []) as readonly Bytes[]) writer.bytes(unknown);
}

function writeField(writer: Writer, field: Field, value: unknown, options: EncodeOptions): void {
  const { kind, number } = field;
  if (kind.type === 'runs') writeRuns(writer, field, value as readonly NumberRun[]);
  else if (field.repeated !== 'no') {
    for (const item of value as Iterable<unknown>) writeOne(writer, field, item, options);
  } else if (kind.type === 'text' && value === '') return;
  else if (kind.type === 'enum') {
    const index = kind.names.indexOf(value as string);
    if (index === 0) return;
    tag(writer, number, 0);
    writer.varint(index);
  } else writeOne(writer, field, value, options);
}

const utf8 = new TextEncoder();

function writeOne(
  writer: Writer,
  { kind, number }: Field,
  value: unknown,
  options: EncodeOptions,
): void {
  switch (kind.type) {
    case 'int64':
    case 'integer':
    case 'int64s':
    case 'integers':
      tag(writer, number, 0);
      writer.varint(value as bigint | number);
      return;
    case 'float':
    case 'floats':
      tag(writer, number, 5);
      writer.float(value as number);
      return;
    case 'message': {
      const inner = new Writer();
      writeMessage(inner, kind.schema(), value as Message, options);
      tag(writer, number, 2);
      writer.varint(inner.size);
      for (const piece of inner.pieces()) writer.bytes(piece);
      return;
    }
    default: {
      const payload = typeof value === 'string' ? utf8.encode(value) : (value as Bytes);
      tag(writer, number, 2);
      writer.varint(sizeOf(payload));
      writer.bytes(payload);
    }
  }
}

/** Runs that are not packed still carry their tags. */
function writeRuns(writer: Writer, { number }: Field, runs: readonly NumberRun[]): void {
  for (const { packed, bytes } of runs) {
    if (packed) {
      tag(writer, number, 2);
      writer.varint(sizeOf(bytes));
    }
    writer.bytes(bytes);
  }
}

const tag = (writer: Writer, number: number, wire: number): void =>
  writer.varint(number * 8 + wire);
