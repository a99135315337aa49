/**
 * Training a student towards its teacher (Hinton, Vinyals and Dean, 2015): batches in a seeded order,
 * looks at held-out samples from before the first step on, and the state that does best there is kept.
 * A training can be paused, ended with the best so far, and gone on with in another session.
 */
import { RecipeError } from '../../errors.ts';
import type { Context } from '../technique.ts';
import { openLesson, type LessonOptions } from './lesson.ts';
import type { Student } from './student.ts';
import { trainingKey } from './training-key.ts';
import { TrainingRun } from './training-run.ts';

export interface TrainingPlan extends LessonOptions {
  readonly steps: number;
  /** The highest learning rate: it rises over the first steps and falls along a half cosine. */
  readonly learningRate: number;
  /** The kind of samples, as `TrainingControl.samples` knows it. */
  readonly data: string;
}

/** Trained values by initializer of the student's graph; undefined where no state did better than the start. */
export type Trained = ReadonlyMap<string, Float32Array> | undefined;

/**
 * Trains the student. Errors: RecipeError where runtime or samples are missing or do not fit, ModelError
 * for what has no gradient, RuntimeError, the signal's reason.
 */
export async function trainStudent(
  student: Student,
  plan: TrainingPlan,
  context: Context,
): Promise<Trained> {
  const { runtime, control } = equipmentOf(context);
  const { original, random, signal } = context;
  const samples = await control.samples(plan.data);
  const { model, trained } = student;
  const named = { student: model, trained, teacher: original, plan, samples, random };
  const key = await trainingKey(named, signal);
  const lesson = await openLesson(student, samples, plan, context, runtime);
  try {
    const run = new TrainingRun({ lesson, samples, plan, context, control, key });
    return await run.finish();
  } finally {
    await lesson.release();
  }
}

/** What a technique that trains needs of its context. Errors: RecipeError that says what is missing. */
export function equipmentOf({ runtime, training }: Context) {
  if (!runtime?.createStatefulSession) {
    throw new RecipeError(
      'This step trains, and no runtime that can train was given. Apply the recipe where models can be trained, or leave the step out.',
    );
  }
  if (!training) {
    throw new RecipeError(
      'This step trains, and no samples to train on were given. Apply the recipe where there are some, or leave the step out.',
    );
  }
  return { runtime, control: training };
}
