/** What a search has tried so far, and the best of it at any moment. */
import { formatBytes } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import type { Recipe } from '../recipe.ts';
import type { Context } from '../technique.ts';
import type { Evaluator, Loss } from './evaluator.ts';
import { isBetter, meets, saidLoss, type Goal } from './goal.ts';
import { applySteps } from './steps.ts';
import { sizeOf, type Count } from './stored.ts';

/** A variant that was tried. */
export interface Candidate extends Loss {
  readonly label: string;
  readonly recipe: Recipe;
  readonly model: Model;
  readonly bytes: number;
  readonly because: string;
}

/** What a search is about: the model that it starts from, who judges, which bytes count, and the wish. */
export interface Trials {
  readonly model: Model;
  readonly judge: Evaluator;
  readonly count: Count;
  readonly goal: Goal;
}

export class Candidates {
  readonly #trials: Trials;
  readonly #context: Context;
  #best: Candidate | undefined;

  constructor(trials: Trials, context: Context) {
    this.#trials = trials;
    this.#context = context;
  }

  /** The one that meets the wish best so far, or comes nearest to it; undefined before the first. */
  get best(): Candidate | undefined {
    return this.#best;
  }

  /** Applies a recipe, measures what comes of it, and tells. `why` is a sentence. Errors: RuntimeError, those of the techniques, the signal's reason. */
  async add(
    label: string,
    recipe: Recipe,
    why: string,
    progress: Context['progress'] = () => undefined,
  ): Promise<Candidate> {
    const { model, judge, count, goal } = this.#trials;
    const quiet = { ...this.#context, note: () => undefined, progress };
    const result = await applySteps(model, recipe, quiet);
    const bytes = await sizeOf(result, count);
    const loss = await judge.loss(result);
    const isBest = !this.#best || isBetter(goal, { bytes, ...loss }, this.#best);
    const because = `${why} ${this.#verdict({ bytes, ...loss }, isBest)}`;
    const candidate = { label, recipe, model: result, bytes, ...loss, because };
    if (isBest) this.#best = candidate;
    this.#context.search.report({
      kind: 'candidate',
      label,
      recipe,
      bytes,
      ...loss,
      lossUnit: judge.unit,
      best: isBest,
      because,
    });
    return candidate;
  }

  #verdict(outcome: { readonly bytes: number; readonly loss: number }, isBest: boolean): string {
    const { goal, judge } = this.#trials;
    if (meets(goal, outcome)) {
      return isBest
        ? 'Meets the wish, and is the best so far.'
        : 'Meets the wish, but others do so better.';
    }
    if (goal.kind === 'bytes') return `Too large by ${formatBytes(outcome.bytes - goal.most)}.`;
    return `Loses ${saidLoss(outcome.loss, judge.unit)}: too much.`;
  }
}
