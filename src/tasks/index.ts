/** The table of tasks, the most particular first: a new one is a file and a line here. */
import { audio } from './audio.ts';
import { digits } from './digits.ts';
import { embeddings } from './embeddings.ts';
import type { ModelFacts } from './facts.ts';
import { fileType } from './file-type.ts';
import { imageClassification } from './image-classification.ts';
import { imageToImage } from './image-to-image.ts';
import { sequenceToSequence } from './sequence-to-sequence.ts';
import type { Fit, Task } from './task.ts';
import { tensors } from './tensors.ts';
import { textClassification } from './text-classification.ts';
import { textGeneration } from './text-generation.ts';

export const tasks = {
  digits,
  audio,
  'file-type': fileType,
  'image-classification': imageClassification,
  'image-to-image': imageToImage,
  'sequence-to-sequence': sequenceToSequence,
  'text-classification': textClassification,
  embeddings,
  'text-generation': textGeneration,
  tensors,
} as const;

export type TaskId = keyof typeof tasks;
export const taskIds = Object.keys(tasks) as readonly TaskId[];

export type InputOf<Id extends TaskId> =
  (typeof tasks)[Id] extends Task<infer Input, unknown, unknown> ? Input : never;
export type AnswerOf<Id extends TaskId> =
  Awaited<ReturnType<(typeof tasks)[Id]['prepare']>> extends {
    answer: (...given: never[]) => Promise<infer Answer>;
  }
    ? Answer
    : never;
export type InfoOf<Id extends TaskId> = Awaited<ReturnType<(typeof tasks)[Id]['prepare']>>['info'];

/** For code that takes whatever task there is. */
export type AnyTask = Task<unknown, unknown, unknown>;

/** The first task that a model fits, and why; every model fits the last. */
export function taskFor(model: ModelFacts): { readonly id: TaskId; readonly because: string } {
  for (const id of taskIds) {
    const fit = tasks[id].fit(model);
    if (fit.fits) return { id, because: fit.because };
  }
  return { id: 'tensors', because: 'any model can be fed with numbers' };
}

/** How every task suits a model, in the order of the table. */
export const fitsOf = (model: ModelFacts): Readonly<Record<TaskId, Fit>> =>
  Object.fromEntries(taskIds.map((id) => [id, tasks[id].fit(model)])) as Record<TaskId, Fit>;
