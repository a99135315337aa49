/** The library as an open model sees it. */
import type { Result } from './result.ts';
import type { Variant } from './variant.ts';

/** What a workspace asks of the library, and tells it. */
export interface Shelving {
  /** A stored result; undefined where it is gone or damaged. */
  load(entry: string): Promise<Result | undefined>;
  /** A variant was made, in so many milliseconds. */
  made(variant: Variant, milliseconds: number): void;
  /** The variants, or which of them stand on the bench, are others now. */
  changed(): void;
  /** What the visitor should know of how they are kept; '' for nothing. */
  readonly words: string;
}
