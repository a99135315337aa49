/** The rows of a graph's tree that are there while some groups are open, in the order of the model. */
import type { OpenGroups } from '../../../../core/inspect/graph-visible.ts';
import type { GraphPicture } from '../../../../core/inspect/graph-picture.ts';

export interface TreeRow {
  readonly box: number;
  /** From 1. */
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  /** Absent for a node. */
  readonly open?: boolean;
}

/** A group stands where its first node would. */
export function treeRows(picture: GraphPicture, open: OpenGroups): readonly TreeRow[] {
  const count = picture.group.length;
  const children = childrenOf(picture);
  const rows: TreeRow[] = [];
  const visit = (group: number, level: number): void => {
    const inside = children.get(group) ?? [];
    inside.forEach((box, index) => {
      const place = { box, level, position: index + 1, siblings: inside.length };
      if (box < count) {
        rows.push(place);
        return;
      }
      const isOpen = open[box - count] === 1;
      rows.push({ ...place, open: isOpen });
      if (isOpen) visit(box - count, level + 1);
    });
  };
  visit(-1, 1);
  return rows;
}

const known = new WeakMap<GraphPicture, ReadonlyMap<number, readonly number[]>>();

/** The boxes directly in each group, -1 for none, in the order of their first nodes. */
function childrenOf(picture: GraphPicture): ReadonlyMap<number, readonly number[]> {
  const remembered = known.get(picture);
  if (remembered) return remembered;
  const { group, groupParents } = picture;
  const children = new Map<number, number[]>();
  const listed = new Uint8Array(groupParents.length);
  const list = (around: number, box: number): void => {
    const inside = children.get(around);
    if (inside) inside.push(box);
    else children.set(around, [box]);
  };
  const listGroup = (at: number): void => {
    if (at < 0 || listed[at]) return;
    listed[at] = 1;
    listGroup(groupParents[at]!);
    list(groupParents[at]!, group.length + at);
  };
  group.forEach((own, node) => {
    listGroup(own);
    list(own, node);
  });
  known.set(picture, children);
  return children;
}
