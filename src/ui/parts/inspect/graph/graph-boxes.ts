/** The boxes of a graph's picture in words, and where they stand. */
import {
  boxState,
  linesOf,
  operatorOn,
  type GroupSums,
} from '../../../../core/inspect/graph-boxes.ts';
import type { GraphLayout } from '../../../../core/inspect/graph-layout.ts';
import type { GraphPicture, NodeState } from '../../../../core/inspect/graph-picture.ts';
import type { Rectangle } from './camera.ts';

/** Signs and words for the states; a same node has neither. */
export const stateSigns: Readonly<Record<NodeState, string>> = {
  same: '',
  left: '−',
  right: '+',
  changed: '≠',
};
export const stateWords: Readonly<Record<NodeState, string>> = {
  same: 'in both',
  left: 'only on the left',
  right: 'only on the right',
  changed: 'changed',
};

/** A box in words, for the list, for search and for who does not see it. */
export function boxWords(
  picture: GraphPicture,
  sums: GroupSums,
  box: number,
  compared: boolean,
): string {
  const count = picture.names.length;
  const state = boxState(picture, sums, box);
  const where = compared ? `, ${stateWords[state]}` : '';
  if (box >= count) {
    const [name, rest] = linesOf(picture, sums, box, state === 'right' ? 'right' : 'left');
    return `Group ${name}, ${rest}${where}`;
  }
  const name = picture.names[box]!;
  const op = operatorOn(picture, box, state === 'right' ? 'right' : 'left');
  return `${op}${name ? ` ${name}` : ''}${where}`;
}

/** The place of each box in a layout. */
export const placesOf = (layout: GraphLayout | undefined): ReadonlyMap<number, number> =>
  new Map(Array.from(layout?.boxes ?? [], (box, place) => [box, place]));

/** Where the box at a place in the layout stands. */
export const rectangleAt = (layout: GraphLayout, place: number): Rectangle => ({
  x: layout.x[place]!,
  y: layout.y[place]!,
  width: layout.width[place]!,
  height: layout.height[place]!,
});

/** The group around a box, as a box; -1 for none. */
export function around(picture: GraphPicture, box: number): number {
  const count = picture.names.length;
  const group = box < count ? picture.group[box]! : picture.groupParents[box - count]!;
  return group < 0 ? -1 : count + group;
}
