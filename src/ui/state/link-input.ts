/** The input of a link, on its way to the task's view. */
import { ModelError } from '../../core/errors.ts';
import { inputFromJson } from '../../tasks/input-json.ts';
import { tasks, type TaskId } from '../../tasks/index.ts';
import { isSampleJson, sampleAt, samplesOf } from './link-samples.ts';
import type { Workspace } from './workspace.svelte.ts';

/** Milliseconds between two looks at whether the task is known, and how many looks. */
const [pause, looks] = [50, 600];

const isTaskId = (id: string): id is TaskId => Object.hasOwn(tasks, id);

/** Chooses the task of a link, and hands its input to the view. Errors: ModelError that says what is wrong with the input. */
export async function offerInput(
  workspace: Workspace,
  id: string,
  input: unknown,
  name: string,
): Promise<void> {
  if (!isTaskId(id)) {
    throw new ModelError(
      `The link is for the task "${id.slice(0, 40)}", which this page does not know. Reload the page, or ask for the link again.`,
    );
  }
  const isSample = isSampleJson(input);
  // Read before anything is chosen: a wrong one changes nothing.
  const read = input === undefined || isSample ? undefined : inputFromJson(id, input);
  const { task } = workspace;
  await until(() => task.id !== undefined);
  if (task.id !== id) await task.choose(id);
  if (read !== undefined) workspace.offer(read, name);
  if (!isSample) return;
  // The task knows its samples when it is ready.
  await until(() => task.open !== undefined && task.id === id);
  const sample = sampleAt(input, task.open ? samplesOf(id, task.open) : []);
  workspace.offer(sample.input(), sample.name);
}

/** Looks now and then, for as long as a slow machine may take. */
async function until(isSo: () => boolean): Promise<void> {
  for (let look = 0; look < looks && !isSo(); look++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
