/** How searches end: news of what was chosen, and notes for the trace. */
import { formatBytes } from '../../errors.ts';
import type { Context } from '../technique.ts';
import type { Evaluator } from './evaluator.ts';
import { meets, saidGoal, saidLoss, type Goal } from './goal.ts';
import type { Found, Mixing } from './mixed.ts';

/** "2 units at 8 bits, whole channels; 23 at 4 bits, block 32". */
export function saidMixture({ ways }: Mixing, { cells }: Found): string {
  const counts = ways.map(
    ({ choice }, way) => [choice.label, cells.filter((cell) => cell.way === way).length] as const,
  );
  return counts
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `${count} × ${label}`)
    .join('; ');
}

/** Notes the weights that a search leaves as they are. */
export function noteUntouched(
  { units, ways }: Mixing,
  { cells }: Found,
  note: Context['note'],
): void {
  cells.forEach(({ way }, unit) => {
    if (ways[way]!.storage) return;
    for (const key of units[unit]!.weights) {
      note(`"${key}" is left as it is: the search spends its bytes there.`);
    }
  });
}

/** Whether the wish came true, in a sentence. */
export function saidOutcome(
  goal: Goal,
  found: Pick<Found, 'bytes' | 'loss'>,
  { unit }: Evaluator,
): string {
  const reached = `${formatBytes(found.bytes)} at a loss of ${saidLoss(found.loss, unit)}`;
  return meets(goal, found)
    ? `${reached}; the wish was at most ${saidGoal(goal, unit)}.`
    : `The wish for at most ${saidGoal(goal, unit)} can't be met; the nearest is ${reached}.`;
}
