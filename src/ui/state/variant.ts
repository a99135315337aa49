/** One state of the open model: the original, or what a recipe made of it. */
import type { Recipe } from '../../core/compress/recipe.ts';
import type { Interval } from '../../core/evaluate/statistics.ts';
import type { Result } from './result.ts';

/** Id of the variant that nothing was done to. */
export const originalId = 'original';

/** One measured figure of a variant, and how it was got. */
export interface Measured {
  readonly value: number;
  readonly interval?: Interval;
  /** Samples or runs that it rests on. */
  readonly n?: number;
  /** What it was measured on: `500 drawn digits, WASM`. */
  readonly on: string;
}

/**
 * Figures of a variant by their keys: `stored`, `coded`, `resident` (bytes), `load`, `p50`, `p95`,
 * `p99`, `first` (milliseconds), `rate` (tokens per second), `judged:ID` (a figure of the task against the
 * right answers), `between:ID` (against the original's answers).
 */
export type VariantFigures = Readonly<Record<string, Measured>>;

/** What is kept of a variant when its bytes are gone. */
export interface VariantRecord {
  /** `original`, or a hash of the recipe and of the visitor's samples that it was made on. */
  readonly id: string;
  /** Counts up: the order in which they were made. */
  readonly number: number;
  readonly recipe: Recipe;
  /** Which samples of the visitor's own it was made on; '' for none. */
  readonly samples: string;
  /** The visitor's own name; '' for the recipe's. */
  readonly name: string;
  readonly pinned: boolean;
  /** The variant whose recipe was changed into this one's. */
  readonly parent: string;
  readonly bytes: number;
  readonly figures: VariantFigures;
  /** Its entry in the library, where its bytes lie. */
  readonly entry?: string;
}

/** A variant whose files are at hand; they may be handles of bytes that lie on disk. */
export interface Variant extends VariantRecord, Result {}
