/** Which layer's restoration repairs an answer. */
export type { Explanation, RestoredLayer } from '../tasks/evaluation/report.ts';
