/** The table of tasks, the most particular first: a new one is a file and a line here. */
import { digits } from './digits.ts';
import type { ModelInterface } from './task.ts';
import { tensors } from './tensors.ts';

export const tasks = { digits, tensors } as const;

export type TaskId = keyof typeof tasks;

/** The first task that a model fits; every model fits the last. */
export function taskFor(model: ModelInterface): TaskId {
  const ids = Object.keys(tasks) as TaskId[];
  return ids.find((id) => tasks[id].matches(model)) ?? 'tensors';
}
