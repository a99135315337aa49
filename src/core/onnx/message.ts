/**
 * How a protobuf message is described: one declarative table per message, from which `decode.ts`
 * reads and `encode.ts` writes. The table of ONNX is schema.ts.
 */
import { ModelError } from '../errors.ts';

/** What stands behind a tag. */
export type Kind =
  /** int64 kept exactly. */
  | { readonly type: 'int64' }
  /** An integer that must fit a number exactly. */
  | { readonly type: 'integer' }
  | { readonly type: 'float' }
  /** Names: UTF-8, checked; '' where absent. */
  | { readonly type: 'text' }
  /** Prose and identifiers that may be absent: UTF-8, damage shown as U+FFFD. */
  | { readonly type: 'label' }
  | { readonly type: 'bytes' }
  /** An integer that stands for a name; names[0] where absent. */
  | { readonly type: 'enum'; readonly names: readonly string[] }
  /** Repeated numbers, gathered into a typed array (`floats`, `int64s`) or a list (`integers`). */
  | { readonly type: 'floats' | 'int64s' | 'integers' }
  /** Repeated numbers, left in the file. `wire` is the wire type of one that is not packed. */
  | { readonly type: 'runs'; readonly wire: 0 | 1 | 5 }
  | { readonly type: 'message'; readonly schema: () => Schema };

export interface Field {
  readonly number: number;
  readonly key: string;
  readonly kind: Kind;
  /** 'list' is always there, 'some' only where the file has at least one. */
  readonly repeated: 'no' | 'list' | 'some';
}

export interface Schema {
  readonly name: string;
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

type FieldSketch = Omit<Field, 'number'>;

/** A message's table: field number → field, in ascending order of numbers. */
export function schema(name: string, sketch: Readonly<Record<number, FieldSketch>>): Schema {
  const fields = Object.entries(sketch).map(([number, field]) => ({
    number: Number(number),
    ...field,
  }));
  return { name, fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
}

export const one = (key: string, kind: Kind): FieldSketch => ({ key, kind, repeated: 'no' });
export const list = (key: string, kind: Kind): FieldSketch => ({ key, kind, repeated: 'list' });
export const some = (key: string, kind: Kind): FieldSketch => ({ key, kind, repeated: 'some' });

export const int64: Kind = { type: 'int64' };
export const integer: Kind = { type: 'integer' };
export const float: Kind = { type: 'float' };
export const text: Kind = { type: 'text' };
export const label: Kind = { type: 'label' };
export const bytes: Kind = { type: 'bytes' };
export const floats: Kind = { type: 'floats' };
export const int64s: Kind = { type: 'int64s' };
export const integers: Kind = { type: 'integers' };
export const runs = (wire: 0 | 1 | 5): Kind => ({ type: 'runs', wire });
export const enumeration = (names: readonly string[]): Kind => ({ type: 'enum', names });
export const message = (of: () => Schema): Kind => ({ type: 'message', schema: of });

/** Where in the file the decoder is: a list that becomes text only in an error. */
export interface Place {
  readonly parent: Place | undefined;
  readonly key: string;
  readonly index: number | undefined;
}

/** `model.graph.nodes[3].attributes[0]`, shortened where it is very deep. */
function placeText(place: Place | undefined): string {
  const keys: string[] = [];
  for (let at = place; at; at = at.parent) {
    keys.unshift(at.index === undefined ? at.key : `${at.key}[${at.index}]`);
  }
  return keys.length > 12 ? `${keys.slice(0, 8).join('.')}…` : keys.join('.');
}

/** Errors: always a ModelError with the place of the damage. */
export function damaged(place: Place, what: string): never {
  throw new ModelError(
    `This ONNX file is damaged at ${placeText(place)}: ${what}. Download or export it again.`,
  );
}
