/**
 * Reads protobuf messages from a `Source`. The decoder is a generator: it yields the range it needs
 * next and whoever drives it loads that range, so one piece of code serves loaded and unloaded
 * files. Every length is checked against the message around it before anything is allocated.
 */
import { damaged, type Field, type Kind, type Place, type Schema } from './message.ts';
import { bigVarint, dataView, safeInteger, scalar, varint } from './scalar.ts';
import { smallPayload, type Range, type Source } from './source.ts';
import type { Bytes, NumberRun } from './types.ts';

/** Up to here a message is loaded whole. */
const smallMessage = 8 * 1024;
/** protobuf's own default. Real models nest about ten deep. */
const deepest = 100;
/** A file of empty messages would otherwise fill the memory with a hundred times its size. */
const mostMessages = 2_000_000;

type Steps<T> = Generator<Range, T, void>;
type Draft = Record<string, unknown>;

/** A message being read. */
interface Frame {
  readonly draft: Draft;
  readonly schema: Schema;
  readonly end: number;
  readonly place: Place;
  readonly depth: number;
}

/** A field as the wire shows it: `start` and `end` enclose its value. */
interface Wire {
  readonly from: number;
  readonly number: number;
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Where a message remembers its bytes. Not enumerable: a copy with changes (`{ ...node, name }`)
 * forgets them, and so is encoded anew.
 */
const origin = Symbol('origin');

/** The bytes that a decoded message was read from; undefined for one made here. */
export const originOf = (decoded: object): Bytes | undefined =>
  (decoded as { readonly [origin]?: Bytes })[origin];

/** Reads the whole source as one message. Errors: ModelError with the place of the damage. */
export async function decode(schema: Schema, source: Source): Promise<object> {
  const root: Place = { parent: undefined, key: schema.name, index: undefined };
  const steps = new Decoder(source).message(schema, 0, source.length, root, 0);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await source.load(step.value);
  }
}

/** Shared by all messages that lack a repeated field. */
const none: readonly unknown[] = Object.freeze([]);

class Decoder {
  private readonly source: Source;
  private messages = 0;

  constructor(source: Source) {
    this.source = source;
  }

  *message(schema: Schema, start: number, end: number, place: Place, depth: number): Steps<object> {
    if (depth > deepest) damaged(place, `messages nest more than ${deepest} deep`);
    if (++this.messages > mostMessages) damaged(place, `it has more than ${mostMessages} parts`);
    const { source } = this;
    if (end - start <= smallMessage && !source.has(start, end)) yield { start, end };
    const bytes = source.has(start, end) ? source.view(start, end) : source.lazy(start, end);
    const frame: Frame = { draft: emptyDraft(schema), schema, end, place, depth };
    for (let at = start; at < end;) {
      const head = Math.min(at + 20, end);
      if (!source.has(at, head)) yield { start: at, end: head };
      const wire = this.tag(at, frame);
      yield* this.field(frame, wire);
      at = wire.end;
    }
    this.finish(frame);
    Object.defineProperty(frame.draft, origin, { value: bytes });
    return frame.draft;
  }

  private tag(from: number, { end, place }: Frame): Wire {
    const tag = varint(this.source, from, end, place);
    const number = tag.low >>> 3;
    const type = tag.low & 7;
    if (number === 0 || tag.high !== 0) damaged(place, `byte ${from} is not the tag of a field`);
    if (type === 3 || type === 4 || type > 5) damaged(place, `byte ${from} has wire type ${type}`);
    let start = tag.next;
    let size = type === 1 ? 8 : 4;
    if (type === 0) size = varint(this.source, start, end, place).next - start;
    if (type === 2) {
      const length = varint(this.source, start, end, place);
      start = length.next;
      size = length.high * 2 ** 32 + length.low;
    }
    if (size > end - start) {
      damaged(
        place,
        `field ${number} at byte ${from} claims ${size} bytes where ${end - start} are left`,
      );
    }
    return { from, number, type, start, end: start + size };
  }

  private *field(frame: Frame, wire: Wire): Steps<void> {
    const { draft, schema, place: parent, depth } = frame;
    const { source } = this;
    const field = schema.byNumber.get(wire.number);
    const known = field !== undefined && accepts(field.kind, wire.type);
    if (known && field.kind.type === 'message') {
      const place = placeOf(draft, field, parent);
      put(
        draft,
        field,
        yield* this.message(field.kind.schema(), wire.start, wire.end, place, depth + 1),
      );
      return;
    }
    const left = !known || field.kind.type === 'bytes' || field.kind.type === 'runs';
    const wanted = !left || wire.end - wire.from <= smallPayload;
    if (wanted && !source.has(wire.from, wire.end)) yield { start: wire.from, end: wire.end };
    if (!known) listIn(draft, 'unknown').push(source.lazy(wire.from, wire.end));
    else if (field.kind.type === 'bytes') put(draft, field, source.lazy(wire.start, wire.end));
    else if (field.kind.type === 'runs') addRun(listIn(draft, field.key) as Run[], wire);
    else this.value(draft, field, wire, placeOf(draft, field, parent));
  }

  private value(draft: Draft, field: Field, { type, start, end }: Wire, place: Place): void {
    const { source } = this;
    const { kind } = field;
    if (kind.type === 'floats') {
      if ((end - start) % 4 !== 0) damaged(place, `${end - start} bytes of 4-byte numbers`);
      const view = dataView(source.view(start, end));
      for (let at = 0; at < end - start; at += 4)
        listIn(draft, field.key).push(view.getFloat32(at, true));
    } else if (kind.type === 'int64s' || kind.type === 'integers') {
      for (let at = start; at < end;) {
        const value = bigVarint(source, at, end, place);
        listIn(draft, field.key).push(kind.type === 'int64s' ? value : safeInteger(value, place));
        at = type === 0 ? end : varint(source, at, end, place).next;
      }
    } else put(draft, field, scalar(kind, source, start, end, place));
  }

  /** Turns what was gathered value by value into its final form. */
  private finish({ draft, schema }: Frame): void {
    for (const { key, kind } of schema.fields) {
      const value = draft[key];
      if (!Array.isArray(value) || value === none) continue;
      if (kind.type === 'floats') draft[key] = Float32Array.from(value as number[]);
      if (kind.type === 'int64s') draft[key] = BigInt64Array.from(value as bigint[]);
      if (kind.type === 'runs') {
        draft[key] = (value as Run[]).map(({ packed, start, end }): NumberRun => ({
          packed,
          bytes: this.source.lazy(start, end),
        }));
      }
    }
  }
}

/** Numbers that stand together in the file, before they become a `NumberRun`. */
interface Run extends Range {
  readonly packed: boolean;
}

function addRun(runs: Run[], { type, from, start, end }: Wire): void {
  const last = runs.at(-1);
  if (type === 2) runs.push({ packed: true, start, end });
  else if (last && !last.packed && last.end === from) {
    runs[runs.length - 1] = { packed: false, start: last.start, end };
  } else runs.push({ packed: false, start: from, end });
}

function emptyDraft(schema: Schema): Draft {
  const draft: Draft = {};
  for (const { key, kind, repeated } of schema.fields) {
    if (repeated === 'list') draft[key] = none;
    else if (repeated === 'some') continue;
    else if (kind.type === 'text') draft[key] = '';
    else if (kind.type === 'enum') draft[key] = kind.names[0];
  }
  return draft;
}

function listIn(draft: Draft, key: string): unknown[] {
  const present = draft[key];
  if (Array.isArray(present) && present !== none) return present;
  const fresh: unknown[] = [];
  draft[key] = fresh;
  return fresh;
}

function put(draft: Draft, { key, repeated }: Field, value: unknown): void {
  if (repeated === 'no') draft[key] = value;
  else listIn(draft, key).push(value);
}

function placeOf(draft: Draft, { key, repeated }: Field, parent: Place): Place {
  const present = draft[key];
  const index = repeated === 'no' ? undefined : Array.isArray(present) ? present.length : 0;
  return { parent, key, index };
}

const numberKinds = ['int64', 'integer', 'enum'];

function accepts(kind: Kind, wire: number): boolean {
  if (numberKinds.includes(kind.type)) return wire === 0;
  if (kind.type === 'float') return wire === 5;
  if (kind.type === 'floats') return wire === 5 || wire === 2;
  if (kind.type === 'int64s' || kind.type === 'integers') return wire === 0 || wire === 2;
  if (kind.type === 'runs') return wire === kind.wire || wire === 2;
  return wire === 2;
}
