/** What the page says of the samples that steps run the model on. */
import { dataOf } from '../../bridge/recipe-run.ts';
import { needsOfStep } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { techniques } from '../../core/compress/techniques/index.ts';
import type { DataKind } from '../../tasks/samples/kinds.ts';

/** Kinds of samples that there are not for a model, and why. */
export type MissingData = Readonly<Partial<Record<DataKind, string>>>;

/** Why a recipe can't be started for want of samples; '' where it can. */
export function dataProblem({ steps }: Recipe, missing: MissingData, ownFiles: number): string {
  for (const step of steps) {
    const data = dataOf(step);
    if (data === undefined) continue;
    const { label } = techniques[step.technique];
    const trains = needsOfStep(step).includes('training');
    const reason = missing[data as DataKind];
    if (reason !== undefined) {
      const wanted = trains ? 'train on' : 'look at';
      return `${label} has nothing to ${wanted}: ${reason}. Choose other data under “Customize”.`;
    }
    if (data === 'own' && ownFiles === 0) {
      return `${label} ${trains ? 'trains on' : 'looks at'} your own samples. Choose their files under “Customize”.`;
    }
  }
  return '';
}

/** The kind of data that a new step which trains is given: the first that there is. */
export function firstData(missing: MissingData): DataKind {
  const kinds: readonly DataKind[] = ['calibration', 'generated', 'own'];
  return kinds.find((kind) => missing[kind] === undefined) ?? 'own';
}
