/** What the two sides are called, as labels and within sentences. */
import type { ViewProps } from './view.ts';

export type Names = ViewProps['names'];

/** Unless the visitor put other variants on the sides. */
export const usualNames: Names = { original: 'Original', compressed: 'Compressed' };

/** A side within a sentence: `the original`, `the compressed`; other variants by their names. */
export const spoken = (name: string): string =>
  Object.values(usualNames).includes(name) ? `the ${name.toLowerCase()}` : name;

/** A side in a list: `original`, `compressed`; other variants by their names. */
export const listed = (name: string): string => spoken(name).replace(/^the /, '');

/** A side at the beginning of a sentence. */
export const begun = (name: string): string => spoken(name).replace(/^the /, 'The ');
