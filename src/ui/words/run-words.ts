/** What the page says of a recipe on its way: what it is at, how long it still takes, how it ended. */
import type { Progress } from '../../core/compress/compress.ts';
import { stepsThatNeed } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { SearchNews } from '../../core/compress/search.ts';
import { techniques } from '../../core/compress/techniques/index.ts';
import type { TrainingNews } from '../../core/compress/training.ts';
import type { Work } from '../state/result.ts';
import type { RunPhase } from '../state/run.svelte.ts';
import { trainingWords } from './training-words.ts';
import { formatLeft } from '../words.ts';

/** `Step 1 of 2, GPTQ: layer0.weight (3 of 24), about 12 s left`. `left` in milliseconds. */
export function progressWords(progress: Progress, left: number | undefined): string {
  const { technique, what, done, total, step, steps } = progress;
  const where = steps > 1 ? `Step ${step + 1} of ${steps}, ` : '';
  // What is about to end needs no forecast.
  const rest = left !== undefined && left >= 1000 ? `, ${formatLeft(left)} left` : '';
  return `${where}${techniques[technique].label}: ${what} (${done} of ${total})${rest}`;
}

/** What a training or a search is at. */
export function workWords(
  work: Work,
  phase: RunPhase,
  training: { readonly latest: TrainingNews | undefined; readonly speed: number | undefined },
): string {
  if (work.status !== 'working') return '';
  const { latest, speed } = training;
  if (latest && phase !== 'preparing') return trainingWords(phase, latest, speed);
  const left = phase === 'paused' ? undefined : work.left;
  const words = work.progress ? progressWords(work.progress, left) : '';
  if (phase === 'paused') return `Paused. ${words}`;
  if (phase === 'stopping') return `Stopping. ${words}`;
  return words || (phase === 'searching' ? 'Searching …' : 'Preparing …');
}

/** What a search of a technique finds, on the button that starts it. */
const starts: Readonly<Record<string, string>> = {
  'mixed-precision': 'Find the best widths',
  target: 'Find the best recipe',
};

/** On the button that starts it. */
export function startWords(recipe: Recipe): string {
  const [search] = stepsThatNeed(recipe, 'search');
  if (search === undefined) return 'Train';
  return starts[recipe.steps[search]?.technique ?? ''] ?? 'Search';
}

/** How it ended. */
export function doneWords(latest: TrainingNews | undefined, search: readonly SearchNews[]): string {
  if (latest) {
    const best = latest.best ? `; step ${latest.best.step} did best and is kept` : '';
    return `Trained ${latest.step} of ${latest.steps} steps${best}.`;
  }
  const chosen = search.findLast(({ kind }) => kind === 'chosen');
  if (chosen?.kind === 'chosen') return chosen.because;
  return 'Done. “What changed” says how it went.';
}
