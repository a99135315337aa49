/** One state of the open model: the original, or what a recipe made of it. */
import type { Measured, VariantRecord } from '../../store/variants-store.ts';
import type { Result } from './result.ts';

export type { Measured, VariantRecord };

/** Id of the variant that nothing was done to. */
export const originalId = 'original';

/**
 * Figures of a variant by their keys: `stored`, `coded`, `resident` (bytes), `load`, `p50`, `p95`,
 * `p99`, `first` (milliseconds), `rate` (tokens per second), `judged:ID` (a figure of the task against the
 * right answers), `between:ID` (against the original's answers).
 */
export type VariantFigures = VariantRecord['figures'];

/** A variant whose files are at hand; they may be handles of bytes that lie on disk. */
export interface Variant extends VariantRecord, Result {}
