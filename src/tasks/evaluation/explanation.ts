/** Why an answer changed, layer by layer: what a measurement found. Plain data. */
import type { Found } from '../../core/evaluate/layer-search.ts';
import type { Repair } from '../../core/evaluate/restored.ts';
import type { WorstDecision } from '../record.ts';

/** Words and size of one number that tells how far an answer lies from the reference's. */
export interface Distance {
  /** `KL divergence`, `similarities off by`. */
  readonly label: string;
  readonly unit: string;
}

export interface Explanation extends Found {
  readonly index: number;
  readonly measure: Distance;
  /** With nothing put back. */
  readonly before: Repair;
  /** Of several decisions the one that is watched: the one that changed most. */
  readonly watched?: WorstDecision;
}
