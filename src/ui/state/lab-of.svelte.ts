/** The lab of a workspace. */
import { LabState } from './lab.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

const labs = new WeakMap<Workspace, LabState>();

/** The same as long as the model is open; it closes with the task. */
export function labOf(workspace: Workspace): LabState {
  const known = labs.get(workspace);
  if (known) return known;
  const lab = new LabState(workspace, async (options) => {
    const { openLab } = await import('../../bridge/evaluation.ts');
    return openLab(options);
  });
  labs.set(workspace, lab);
  $effect.root(() => {
    $effect(() => {
      if (!workspace.task.open) lab.close();
    });
  });
  return lab;
}
