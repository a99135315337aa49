/** The groups of one picture found again in another: by their names. */
import type { GraphPicture } from '../../../../core/inspect/graph-picture.ts';
import type { OpenGroups } from '../../../../core/inspect/graph-visible.ts';

/** Groups by the names of those around them and their own. */
export function groupPaths({ groupNames, groupParents }: GraphPicture): readonly string[] {
  const paths: string[] = [];
  groupNames.forEach((name, at) => {
    const parent = groupParents[at]!;
    paths.push(parent < 0 ? name : `${paths[parent] ?? ''}\n${name}`);
  });
  return paths;
}

/** The box of another picture that has the name of one; -1 where there is none. */
export function sameBox(before: GraphPicture, after: GraphPicture, box: number): number {
  const count = before.names.length;
  if (box < 0) return -1;
  if (box < count) return after.names.indexOf(before.names[box]!);
  const group = groupPaths(after).indexOf(groupPaths(before)[box - count] ?? '');
  return group < 0 ? -1 : after.names.length + group;
}

/** Which groups are open, by those names. */
export const openNames = (picture: GraphPicture, open: OpenGroups): ReadonlySet<string> =>
  new Set(groupPaths(picture).filter((_, at) => open[at]));
