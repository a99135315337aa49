/** What the page says of a training. */
import { trainingSteps } from '../bridge/trainer.ts';
import type { OptionSpecs, OptionValue } from '../core/compress/options.ts';
import type { Recipe } from '../core/compress/recipe.ts';
import { techniques } from '../core/compress/techniques/index.ts';
import type { TrainingNews } from '../core/compress/training.ts';
import type { DataKind } from '../tasks/samples/kinds.ts';
import { formatLeft } from './words.ts';

/** `Step 120 of 300, 12.5 steps/s, about 14 s left`. `speed` in steps per second. */
export function trainingWords(
  phase: 'training' | 'paused' | 'stopping' | 'idle',
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

/** Why a recipe that trains can't be started; '' where it can. */
export function trainingProblem(
  recipe: Recipe,
  missing: Readonly<Partial<Record<DataKind, string>>>,
  ownFiles: number,
): string {
  for (const index of trainingSteps(recipe)) {
    const { technique, options = {} } = recipe.steps[index]!;
    const { label, options: specs }: { label: string; options: OptionSpecs } =
      techniques[technique];
    const given: Readonly<Record<string, OptionValue | undefined>> = options;
    const data = given['data'] ?? specs['data']?.default;
    const reason = missing[data as DataKind];
    if (reason !== undefined) {
      return `${label} has nothing to train on: ${reason}. Choose other data under “Customize”.`;
    }
    if (data === 'own' && ownFiles === 0) {
      return `${label} trains on your own samples. Choose their files under “Customize”.`;
    }
  }
  return '';
}

/** The kind of data that a new step is given: the first that there is. */
export function firstData(missing: Readonly<Partial<Record<DataKind, string>>>): DataKind {
  const kinds: readonly DataKind[] = ['calibration', 'generated', 'own'];
  return kinds.find((kind) => missing[kind] === undefined) ?? 'own';
}
