/** The table of tasks, the most particular first: a new one is a file and a line here. */
import { digits } from './digits.ts';
import type { ModelInterface, Task } from './task.ts';
import { tensors } from './tensors.ts';

export const tasks = { digits, tensors } as const;

/** The first task that a model fits; every model fits the last. */
export function taskFor(model: ModelInterface): Task {
  return Object.values(tasks).find((task) => task.matches(model)) ?? tensors;
}
