/** What the page says of a training. */
import type { TrainingNews } from '../../core/compress/training.ts';
import type { RunPhase } from '../state/run.svelte.ts';
import { formatLeft } from '../words.ts';

/** `Step 120 of 300, 12.5 steps/s, about 14 s left`. `speed` in steps per second. */
export function trainingWords(
  phase: RunPhase,
  { step, steps }: TrainingNews,
  speed: number | undefined,
): string {
  const where = `Step ${step} of ${steps}`;
  if (phase === 'paused') return `Paused. ${where}`;
  if (phase === 'stopping') return `Stopping. ${where}`;
  if (speed === undefined) return where;
  if (step === steps) return `${where}, finishing`;
  return `${where}, ${speedWords(speed)}, ${formatLeft((1000 * (steps - step)) / speed)} left`;
}

const speedWords = (speed: number): string =>
  speed >= 1 ? `${speed.toPrecision(2)} steps/s` : `${(1 / speed).toPrecision(2)} s per step`;
