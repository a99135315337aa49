/** What the lab has measured of the stops' answers, where it has measured any. */
import { axesOf, figureOn, type Axis } from '../lab/axes.ts';
import { tasks } from '../../tasks/index.ts';
import type { TaskId } from '../../tasks/index.ts';
import type { Scale, Stop } from './scrub-stops.ts';
import type { Variants } from './variants.svelte.ts';

export interface StopFigures {
  readonly axis: Axis;
  /** Undefined for a stop that was not measured. */
  of(stop: Stop): number | undefined;
}

/** The first figure against the original's answers that any made variant among the stops has; undefined for none. */
export function figuresOfStops(
  { stops }: Scale,
  variants: Pick<Variants, 'find'>,
  task: TaskId | undefined,
): StopFigures | undefined {
  if (!task) return undefined;
  const between = axesOf(tasks[task].figures).filter(({ key }) => key.startsWith('between:'));
  const of = (axis: Axis, { recipe }: Stop): number | undefined => {
    const variant = variants.find(recipe);
    return variant && figureOn(axis, variant)?.value;
  };
  // The original agrees with itself, which is no measurement.
  const made = stops.filter(({ recipe }) => recipe.steps.length > 0);
  const axis = between.find((one) => made.some((stop) => of(one, stop) !== undefined));
  return axis && { axis, of: (stop) => of(axis, stop) };
}
