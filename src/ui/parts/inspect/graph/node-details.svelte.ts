/** Details of the chosen node, from the model or models that have it, as they come. */
import { nodeDetailsInWorker } from '../../../../bridge/inspect-graph.ts';
import { isAbort } from '../../../../core/errors.ts';
import type { GraphSide } from '../../../../core/inspect/graph-boxes.ts';
import type { NodeDetails } from '../../../../core/inspect/graph-details.ts';
import type { GraphInspection } from '../../../state/inspect-graph.svelte.ts';
import type { Workspace } from '../../../state/workspace.svelte.ts';
import { problemOf, type Problem } from '../../../problem.ts';

interface SideFacts {
  readonly side: GraphSide;
  readonly facts: NodeDetails | undefined;
}

export interface ShownDetails {
  /** Empty until they are read. One where both sides say the same. */
  readonly sides: readonly SideFacts[];
  readonly problem: Problem | undefined;
}

/** Who walks along by the arrow keys does not wait for every node; ms. */
const pause = 120;

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
    // Places in the lists of nodes count in the models that are drawn, which may be others than those shown by now.
    const [original, compressed] = graph.of.ids;
    let stale = false;
    // An answer that comes too late is dropped: ending the worker for it would cost the next one a start.
    const read = async (id: string, index: number) =>
      index < 0 || stale ? undefined : nodeDetailsInWorker(await workspace.filesOf(id), index);
    const timer = setTimeout(() => {
      Promise.all([
        read(original, leftIndex[selected]!),
        graph.compared ? read(compressed, rightIndex[selected]!) : undefined,
      ]).then(
        ([left, right]) => {
          if (!stale) sides = sidesOf(left, right);
        },
        (error: unknown) => {
          if (!stale && !isAbort(error)) problem = problemOf('The node could not be read.', error);
        },
      );
    }, pause);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
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

function sidesOf(
  left: NodeDetails | undefined,
  right: NodeDetails | undefined,
): readonly SideFacts[] {
  const same = JSON.stringify(left) === JSON.stringify(right);
  const all: SideFacts[] = [
    { side: 'left', facts: left },
    { side: 'right', facts: right },
  ];
  return all.filter(({ facts }, index) => facts && (index === 0 || !same));
}
