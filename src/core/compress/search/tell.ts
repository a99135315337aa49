/** How searches end: news of what was chosen, and notes for the trace. */
import { formatBytes } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import { diff } from '../diff.ts';
import type { Recipe } from '../recipe.ts';
import type { Context } from '../technique.ts';
import type { Evaluator } from './evaluator.ts';
import { meets, saidGoal, saidLoss, type Goal } from './goal.ts';
import type { Found, Mixing } from './mixed.ts';
import { applySteps } from './steps.ts';

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

/**
 * Applies what a search chose once more, so that the trace has the notes of the techniques, and notes
 * the weights that it leaves as they are. Errors: those of the techniques, the signal's reason.
 */
export async function applyTold(
  model: Model,
  recipe: Recipe,
  weights: readonly Weight[],
  context: Context,
): Promise<Model> {
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    context.note(text);
  };
  const result = await applySteps(model, recipe, { ...context, note, progress: () => undefined });
  const changed = new Set((await diff(model, result)).map(({ key }) => key));
  for (const { key } of weights) {
    if (changed.has(key) || notes.some((text) => text.includes(`"${key}"`))) continue;
    context.note(`"${key}" is left as it is: the search spends its bytes there.`);
  }
  return result;
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

/**
 * Notes what a search has judged by, and what its choice loses on samples that nothing was chosen by:
 * the best of many looks better than it is where it was found. Errors: RuntimeError, the signal's reason.
 */
export async function noteJudges(
  judge: Evaluator,
  result: Model,
  { note }: Pick<Context, 'note'>,
): Promise<void> {
  note(`Judged on ${judge.from}; what was chosen may differ from device to device.`);
  const fresh = await judge.afresh();
  if (!fresh) return;
  const { loss, interval } = await fresh.loss(result);
  const range = interval
    ? ` (${saidLoss(interval[0], judge.unit)} to ${saidLoss(interval[1], judge.unit)})`
    : '';
  note(
    `On others, that nothing was chosen by (${fresh.from}), it loses ${saidLoss(loss, judge.unit)}${range}.`,
  );
}
