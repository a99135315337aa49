/** What a search is asked for: so many bytes at most, or so much loss at most. */
import { formatBytes } from '../../errors.ts';
import type { LossUnit } from '../search.ts';

export type Goal =
  | { readonly kind: 'bytes'; readonly most: number }
  | { readonly kind: 'loss'; readonly most: number };

/** What a variant comes to. */
export interface Outcome {
  readonly bytes: number;
  readonly loss: number;
}

export const meets = ({ kind, most }: Goal, outcome: Outcome): boolean => outcome[kind] <= most;

/**
 * Whether `one` serves the goal better: it meets it where the other doesn't; both do, and it is better
 * in what is not limited; neither does, and it is nearer.
 */
export function isBetter(goal: Goal, one: Outcome, other: Outcome): boolean {
  const [met, otherMet] = [meets(goal, one), meets(goal, other)];
  if (met !== otherMet) return met;
  const [free, limited] =
    goal.kind === 'bytes' ? (['loss', 'bytes'] as const) : (['bytes', 'loss'] as const);
  const [first, second] = met ? [free, limited] : [limited, free];
  return one[first] === other[first] ? one[second] < other[second] : one[first] < other[first];
}

/** A loss for people: "0.0123 nats", "1.2 % of the answers", "0.34 %". */
export function saidLoss(loss: number, unit: LossUnit): string {
  if (unit === 'kl') return `${digits(loss)} nats`;
  const percent = `${digits(100 * loss)} %`;
  return unit === 'flips' ? `${percent} of the answers` : `a relative error of ${percent}`;
}

export const saidGoal = (goal: Goal, unit: LossUnit): string =>
  goal.kind === 'bytes' ? formatBytes(goal.most) : saidLoss(goal.most, unit);

const digits = (x: number): string => String(Number(x.toPrecision(3)));
