/** Walks a laid-out graph by keyboard: along connections, and from neighbor to neighbor. */
import type { GraphLayout } from '../../../../core/inspect/graph-layout.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The place to go to from another; the same where there is none that way. `seen` says what can be chosen. */
export function walk(
  layout: GraphLayout,
  place: number,
  direction: Direction,
  seen: (place: number) => boolean,
): number {
  const candidates =
    direction === 'left' || direction === 'right'
      ? beside(layout, place, direction)
      : connected(layout, place, direction);
  const from = middle(layout, place);
  let best = place;
  let least = Infinity;
  for (const one of candidates) {
    const distance = Math.abs(middle(layout, one) - from);
    if (seen(one) && distance < least) [best, least] = [one, distance];
  }
  return best;
}

const middle = ({ x, width }: GraphLayout, place: number): number => x[place]! + width[place]! / 2;

function connected({ edges }: GraphLayout, place: number, direction: 'up' | 'down'): number[] {
  const [own, other] = direction === 'down' ? [0, 1] : [1, 0];
  const found: number[] = [];
  for (let at = 0; at < edges.length; at += 2) {
    if (edges[at + own] === place) found.push(edges[at + other]!);
  }
  return found;
}

/** Whether one place is a frame around another. */
const holds = ({ x, y, width, height }: GraphLayout, outer: number, inner: number): boolean =>
  x[outer]! <= x[inner]! &&
  y[outer]! <= y[inner]! &&
  x[outer]! + width[outer]! >= x[inner]! + width[inner]! &&
  y[outer]! + height[outer]! >= y[inner]! + height[inner]!;

/** Places in the same row: those that begin before its middle and end after it. */
function beside(layout: GraphLayout, place: number, direction: 'left' | 'right'): number[] {
  const { boxes, y, height } = layout;
  const line = y[place]! + height[place]! / 2;
  const from = middle(layout, place);
  const found: number[] = [];
  for (let at = 0; at < boxes.length; at++) {
    if (at === place || y[at]! > line || y[at]! + height[at]! < line) continue;
    if (holds(layout, at, place) || holds(layout, place, at)) continue;
    const across = middle(layout, at);
    if (direction === 'left' ? across < from : across > from) found.push(at);
  }
  return found;
}

/** The innermost place under a point of the graph; -1 for none. */
export function placeAt(
  { boxes, x, y, width, height }: GraphLayout,
  px: number,
  py: number,
  seen: (place: number) => boolean,
): number {
  // What is in a frame comes after it.
  for (let at = boxes.length - 1; at >= 0; at--) {
    const inside =
      px >= x[at]! && px <= x[at]! + width[at]! && py >= y[at]! - 4 && py <= y[at]! + height[at]!;
    if (inside && seen(at)) return at;
  }
  return -1;
}
