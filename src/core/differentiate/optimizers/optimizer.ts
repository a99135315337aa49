/** The contract of an optimizer: it works on all trained values at once, laid end to end in one vector. */
import type { Emitter } from '../rule.ts';

export interface OptimizerStep extends Emitter {
  /** The trained values, their gradients, and the optimizer's own memory: vectors of one length. */
  readonly parameters: string;
  readonly gradient: string;
  readonly slots: readonly string[];
  /** How strongly each value decays: a vector, or undefined where none does. */
  readonly decay: string | undefined;
  /** A number that the host gives in each step, by its name in `scalars`. */
  scalar(name: string): string;
}

export interface Optimizer {
  readonly label: string;
  /** Vectors of memory that it keeps from step to step; they start as zeros. */
  readonly slots: number;
  /** The numbers of a step, counted from 0. */
  scalars(step: number, learningRate: number): Readonly<Record<string, number>>;
  emit(step: OptimizerStep): { readonly parameters: string; readonly slots: readonly string[] };
}
