/** Reads plain JSON of unknown origin field by field. Errors: ModelError that names the field and what it should be. */
import { ModelError } from '../core/errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** No text in a link is longer; characters. */
export const longestText = 8000;

/** An object, by its keys. */
export function fieldsAt(json: unknown, key: string): Fields {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields;
  return refuse(key, 'an object');
}

/** A list of at most so many. */
export function listAt(json: Fields, key: string, longest: number): readonly unknown[] {
  const list = json[key];
  if (Array.isArray(list) && list.length <= longest) return list as readonly unknown[];
  return refuse(key, `a list of at most ${longest}`);
}

/** A text of at most `longestText` characters. */
export function textAt(json: Fields, key: string): string {
  const value = json[key];
  if (typeof value === 'string' && value.length <= longestText) return value;
  return refuse(key, `a text of at most ${longestText} characters`);
}

/** A number within limits. */
export function numberAt(json: Fields, key: string, min: number, max: number): number {
  const value = json[key];
  if (typeof value === 'number' && value >= min && value <= max) return value;
  return refuse(key, `a number from ${min} to ${max}`);
}

/** A whole number from 0 to `max`. */
export function countAt(json: Fields, key: string, max: number): number {
  const value = numberAt(json, key, 0, max);
  return Number.isSafeInteger(value) ? value : refuse(key, 'a whole number');
}

/** Bytes as base64; `length` where only so many make sense. */
export function bytesAt(json: Fields, key: string, length?: number): Uint8Array<ArrayBuffer> {
  const value = json[key];
  const isRight = typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
  if (!isRight || value.length % 4 !== 0) return refuse(key, 'bytes in base64');
  const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  if (length !== undefined && bytes.length !== length) return refuse(key, `${length} bytes`);
  return bytes;
}

/** Bytes as text. */
export const base64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** Says what was expected of a key. */
export function refuse(key: string, wanted: string): never {
  throw new ModelError(
    `The input in this link has a "${key}" that is not ${wanted}. Ask for a new link.`,
  );
}
