/** A model's speed as rows of tables and charts. */
import type { EvaluationReport } from '../../../../bridge/evaluation.ts';

type SideSpeed = NonNullable<EvaluationReport['speed']>['reference'];

export interface SpeedRow extends SideSpeed {
  readonly id: string;
  /** Whose color it has. */
  readonly tone: string;
  readonly name: string;
}
