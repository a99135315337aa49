/** Checks of what a link holds: each gives the value back, or throws with its place and the remedy. */

/** A link that can't be opened. The message says what is wrong and what to do. */
export class LinkError extends Error {
  override name = 'LinkError';
}

export type Fields = Readonly<Record<string, unknown>>;

/** An object with no keys but those that are known. */
export function objectAt(place: string, json: unknown, known: readonly string[]): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(place, 'an object');
  const stranger = Object.keys(json).find((key) => !known.includes(key));
  if (stranger === undefined) return json as Fields;
  throw new LinkError(
    `This link holds "${shortened(stranger)}" in ${place}, which this page does not know. ` +
      'It may be from a newer Scrunch: reload the page, or ask for the link again.',
  );
}

/** Text of at most `longest` characters, and of at least one unless `least` is 0. */
export function textAt(place: string, json: unknown, longest: number, least = 1): string {
  if (typeof json !== 'string') fail(place, 'a text');
  if (json.length >= least && json.length <= longest) return json;
  return fail(place, `a text of ${least} to ${longest} characters`);
}

/** SHA-256 in 64 hexadecimal digits. */
export function hashAt(place: string, json: unknown): string {
  if (typeof json === 'string' && /^[0-9a-f]{64}$/.test(json)) return json;
  return fail(place, 'a SHA-256');
}

/** A whole number from 0 on. */
export function countAt(place: string, json: unknown): number {
  if (typeof json === 'number' && Number.isSafeInteger(json) && json >= 0) return json;
  return fail(place, 'a whole number');
}

/** One of a few words. */
export function oneOf<T extends string>(place: string, json: unknown, known: readonly T[]): T {
  const found = known.find((one) => one === json);
  return found ?? fail(place, `one of ${known.join(', ')}`);
}

/** What `read` makes of a key's value; nothing where the key is not there. */
export function optional<K extends string, T>(
  fields: Fields,
  key: K,
  read: (json: unknown) => T,
): { readonly [P in K]?: T } {
  return fields[key] === undefined
    ? {}
    : ({ [key]: read(fields[key]) } as { readonly [P in K]: T });
}

export function fail(place: string, wanted: string): never {
  throw new LinkError(
    `This link is damaged: its ${place} is not ${wanted}. Copy the whole link again, or ask for it again.`,
  );
}

const shortened = (text: string): string => (text.length <= 40 ? text : `${text.slice(0, 40)}…`);
