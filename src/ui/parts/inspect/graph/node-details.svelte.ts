/** Details of the chosen node, from the model or models that have it, as they come. */
import { nodeDetailsInWorker } from '../../../../bridge/inspect-graph.ts';
import { abortError } from '../../../../bridge/errors.ts';
import { isAbort } from '../../../../core/errors.ts';
import type { NodeDetails } from '../../../../core/inspect/graph-details.ts';
import type { GraphInspection } from '../../../state/inspect-graph.svelte.ts';
import type { Workspace } from '../../../state/workspace.svelte.ts';
import { problemOf, type Problem } from '../../../problem.ts';
import type { GraphSide } from './graph-boxes.ts';

interface SideFacts {
  readonly side: GraphSide;
  readonly facts: NodeDetails | undefined;
}

export interface ShownDetails {
  /** Empty until they are read. One where both sides say the same. */
  readonly sides: readonly SideFacts[];
  readonly problem: Problem | undefined;
}

/** Follows the choice; to be made while a component is. */
export function graphDetails(
  workspaceOf: () => Workspace,
  inspectionOf: () => GraphInspection,
): ShownDetails {
  let sides = $state.raw<readonly SideFacts[]>([]);
  let problem = $state.raw<Problem | undefined>();
  $effect(() => {
    const { graph, selected } = inspectionOf();
    const workspace = workspaceOf();
    sides = [];
    problem = undefined;
    if (!graph || selected < 0 || selected >= graph.picture.names.length) return;
    const { leftIndex, rightIndex } = graph.picture;
    const reading = new AbortController();
    const { signal } = reading;
    const read = async (id: string, index: number) =>
      index < 0
        ? undefined
        : nodeDetailsInWorker(await workspace.filesOf(id, signal), index, signal);
    const { original, compressed } = workspace.shown;
    const both = [
      read(original, leftIndex[selected]!),
      graph.compared ? read(compressed, rightIndex[selected]!) : Promise.resolve(undefined),
    ] as const;
    Promise.all(both).then(
      ([left, right]) => {
        if (signal.aborted) return;
        const same = JSON.stringify(left) === JSON.stringify(right);
        const all: SideFacts[] = [
          { side: 'left', facts: left },
          { side: 'right', facts: right },
        ];
        sides = all.filter(({ facts }, index) => facts && (index === 0 || !same));
      },
      (error: unknown) => {
        if (signal.aborted || isAbort(error)) return;
        problem = problemOf('The node could not be read.', error);
      },
    );
    return () => reading.abort(abortError('Another node was chosen.'));
  });
  return {
    get sides() {
      return sides;
    },
    get problem() {
      return problem;
    },
  };
}
