/** How a kind of input becomes plain JSON and comes back. */
import type { Fields } from './json-fields.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Form {
  /** Undefined for an input that no link can hold. */
  write(input: never): Json | undefined | Promise<Json | undefined>;
  /** Errors: ModelError with the place of what is wrong. */
  read(json: Fields): unknown;
}
