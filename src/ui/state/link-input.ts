/** The input of a link, as the open task takes it. */
import { tasks, type TaskId } from '../../tasks/index.ts';
import type { Workspace } from './workspace.svelte.ts';

const isTaskId = (id: string): id is TaskId => Object.hasOwn(tasks, id);

/** Chooses the task of the link, and reads its input. Errors: ModelError that says what the input lacks. */
export async function givenInput(
  workspace: Workspace,
  task: string | undefined,
  input: unknown,
): Promise<{ readonly input: unknown } | undefined> {
  if (task !== undefined && isTaskId(task) && task !== workspace.task.id) {
    await workspace.task.choose(task);
  }
  return input === undefined ? undefined : { input };
}
