/**
 * The contract of a technique: one file, one exported value. `Model → Model`; what changed is
 * computed by `diff(before, after)`, never reported by the technique.
 */
import type { Crew } from '../kernels/crew.ts';
import type { Random } from '../math/random.ts';
import type { Model } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';
import type { Runtime } from '../runtime.ts';
import type { CalibrationControl } from './calibration.ts';
import type { OptionSpecs, OptionsOf } from './options.ts';
import type { SearchControl } from './search.ts';
import type { TrainingControl } from './training.ts';

export type Family = 'quantize' | 'prune' | 'factorize' | 'distill';
/**
 * What a step needs besides the model: samples to run it on, samples to train on, or time to try
 * many variants of it. All of them need a runtime.
 */
export type Need = 'calibration' | 'training' | 'search';

/** What a technique is told besides its options. */
export interface Context {
  readonly signal: AbortSignal;
  /** `done` of `total` units of work; `what` names the layer in hand. */
  readonly progress: (done: number, total: number, what: string) => void;
  /** Why a layer was left alone, or anything else that the trace should say. */
  readonly note: (text: string) => void;
  /** Seeded by recipe, step and technique; the only source of chance. */
  readonly random: Random;
  /** The model before the first step: the teacher. */
  readonly original: Model;
  /** The original after those earlier steps that leave answers as they are: what rounded weights were. Absent: the original. */
  readonly reference?: () => Promise<Model>;
  /** The weights that the step selects; a technique notes why it leaves one of them alone. */
  readonly weights: readonly Weight[];
  /** Computes with one layer at a time, several at once where there are workers for it. */
  readonly crew: Crew;
  /** Absent where no runtime was given. */
  readonly runtime?: Runtime;
  /** Absent where there is nothing to train on. */
  readonly training?: TrainingControl;
  /** Absent where there are no samples to calibrate on. */
  readonly calibration?: CalibrationControl;
  readonly search: SearchControl;
}

export interface Technique<S extends OptionSpecs = OptionSpecs> {
  readonly family: Family;
  readonly label: string;
  /** What it does, its formula and paper, and when it hurts: a few sentences for people. */
  readonly summary: string;
  readonly options: S;
  /** Whether it leaves the model's answers as they are, and only prepares what follows. */
  readonly preserves?: true;
  /** What a step with these options needs. */
  needs(options: OptionsOf<S>): readonly Need[];
  /** The weights of `model` that this technique can change, in the order of the model. [] = it can't help here. */
  targets(model: Model): readonly Weight[];
  apply(model: Model, options: OptionsOf<S>, context: Context): Promise<Model>;
}

/** Gives a technique its exact option types. */
export function technique<const S extends OptionSpecs>(definition: Technique<S>): Technique<S> {
  return definition;
}
