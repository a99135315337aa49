/** Whether an error comes from compression or from the device's arithmetic. */
import type { Attribution } from '../tasks/evaluation/report.ts';

export type { ApartReport, Attribution } from '../tasks/evaluation/report.ts';

/** What came of it; the sentence of `unable` says why there is nothing to tell apart. */
export type AttributionResult =
  | { readonly done: true; readonly attribution: Attribution }
  | { readonly done: false; readonly unable: string };
