/** Layers: rows follow connections, nothing overlaps, few crossings, the same every time. */
import { describe, expect, test } from 'vitest';

import { layOutGraph, type GraphLayout } from '../../../src/core/inspect/graph-layout.ts';
import { layOutLevel, type LevelItem } from '../../../src/core/inspect/graph-level.ts';
import { crossings } from '../../../src/core/inspect/graph-order.ts';
import { listNodes } from '../../../src/core/inspect/graph-nodes.ts';
import { pictureOf } from '../../../src/core/inspect/graph-picture.ts';
import { countSeen, firstOpen, visibleOf } from '../../../src/core/inspect/graph-visible.ts';
import { manyNodes } from './large-graphs.ts';

const boxes = (count: number): LevelItem[] =>
  Array.from({ length: count }, (_, priority) => ({
    width: 80,
    height: 40,
    priority,
    kind: 'box',
  }));
const segments = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([from, to]) => ({ from, to, key: from, fromOffset: 40, toOffset: 40 }));

describe('one level', () => {
  test('puts every box below those that it takes from', () => {
    const pairs = [
      [0, 1],
      [0, 2],
      [1, 3],
      [2, 3],
      [0, 3],
    ] as const;
    const { y } = layOutLevel(boxes(4), segments(...pairs));
    for (const [from, to] of pairs) expect(y[to]!).toBeGreaterThanOrEqual(y[from]! + 40);
  });

  test('moves what is needed late down to where it is needed', () => {
    const { y } = layOutLevel(boxes(4), segments([0, 1], [1, 2], [3, 2]));
    expect(y[3]).toBe(y[1]);
  });

  test('breaks a cycle where the order of the model does, and draws that connection upward', () => {
    const { y, links } = layOutLevel(boxes(3), segments([0, 1], [1, 2], [2, 0]));
    expect([...y]).toEqual([...y].sort((a, b) => a - b));
    expect(links.filter(({ up }) => up)).toHaveLength(2);
    expect(links.filter(({ up, segment }) => up && segment === 2)).toHaveLength(1);
  });

  test('keeps a chain straight, with a connection that runs beside it', () => {
    const { x } = layOutLevel(
      boxes(8),
      segments(
        ...Array.from({ length: 6 }, (_, at) => [at, at + 1] as const),
        ...[2, 3, 4, 5, 6].map((to) => [7, to] as const),
      ),
    );
    const chain = [...x].slice(2, 7);
    // A box is 80 wide: nobody sees four.
    expect(Math.max(...chain) - Math.min(...chain)).toBeLessThanOrEqual(4);
  });

  test('runs connections of one value together', () => {
    const pairs = Array.from({ length: 9 }, (_, at) => [at, at + 1] as const);
    const { links } = layOutLevel(boxes(10), segments(...pairs, [0, 5], [0, 7], [0, 9]));
    // One way down eight rows, of which the first chain piece is its own; apart they would take 4 + 6 + 8.
    expect(links.filter(({ key, segment }) => key === 0 && segment < 0)).toHaveLength(8);
  });
});

test('crossings are counted as by hand', () => {
  // Two rows: a b / c d with a→d, b→c crosses once; with a→c, b→d never; all four edges once.
  const count = (below: number[][]) =>
    crossings(
      [
        [0, 1],
        [2, 3],
      ],
      [...below, [], []],
      Float64Array.of(0, 1, 0, 1),
    );
  expect(count([[3], [2]])).toBe(1);
  expect(count([[2], [3]])).toBe(0);
  expect(
    count([
      [2, 3],
      [2, 3],
    ]),
  ).toBe(1);
});

/** Pairs of boxes that overlap though neither is in the other. */
function overlaps(
  { boxes: all, x, y, width, height }: GraphLayout,
  inside: (a: number, b: number) => boolean,
) {
  const found: string[] = [];
  const order = Array.from(all.keys()).sort((a, b) => y[a]! - y[b]!);
  order.forEach((a, at) => {
    for (const b of order.slice(at + 1)) {
      if (y[b]! >= y[a]! + height[a]!) break;
      const apart = x[a]! + width[a]! <= x[b]! || x[b]! + width[b]! <= x[a]!;
      if (!apart && !inside(all[a]!, all[b]!) && !inside(all[b]!, all[a]!)) found.push(`${a} ${b}`);
    }
  });
  return found;
}

describe.each([true, false])('200 nodes, named: %s', (named) => {
  const drawn = pictureOf(listNodes(manyNodes(200, { named })));

  test('are folded at first, and unfold without overlaps, every box inside its group', async () => {
    const picture = await drawn;
    const count = picture.names.length;
    const first = firstOpen(picture);
    expect(countSeen(picture, first)).toBeLessThan(40);
    const widths = new Uint16Array(count + picture.groupNames.length).fill(100);
    const isInside = (inner: number, outer: number): boolean => {
      for (
        let at = inner < count ? picture.group[inner]! : picture.groupParents[inner - count]!;
        at >= 0;
        at = picture.groupParents[at]!
      )
        if (at + count === outer) return true;
      return false;
    };
    for (const open of [first, first.map(() => 1)]) {
      const layout = layOutGraph({ shape: picture, open, widths });
      expect(layout.boxes.length).toBe(visibleOf(picture, open).boxes.length);
      expect(overlaps(layout, isInside)).toEqual([]);
      const places = new Map(Array.from(layout.boxes, (box, place) => [box, place]));
      for (const [box, place] of places) {
        const group = box < count ? picture.group[box]! : picture.groupParents[box - count]!;
        const frame = places.get(count + group);
        if (group < 0 || frame === undefined) continue;
        expect(layout.x[place]!).toBeGreaterThan(layout.x[frame]!);
        expect(layout.y[place]! + layout.height[place]!).toBeLessThan(
          layout.y[frame]! + layout.height[frame]!,
        );
      }
      expect(layOutGraph({ shape: picture, open, widths })).toEqual(layout);
    }
  });

  test('every connection can be followed back to where it starts', async () => {
    const picture = await drawn;
    const open = new Uint8Array(picture.groupNames.length).fill(1);
    const widths = new Uint16Array(picture.names.length + open.length).fill(100);
    const { links, edges, undrawn, y, height } = layOutGraph({ shape: picture, open, widths });
    expect(undrawn).toBe(0);
    const pairs = new Set<string>();
    links.to.forEach((end, link) => {
      if (end < 0) return;
      let at = link;
      while (links.previous[at]! >= 0) at = links.previous[at]!;
      const start = links.from[link]!;
      // The first piece leaves the box that the connection comes from.
      expect(links.lines[at * 6 + 1]).toBe(y[start]! + height[start]!);
      pairs.add(`${start} ${end}`);
    });
    const wanted = Array.from(
      { length: edges.length / 2 },
      (_, at) => `${edges[2 * at]} ${edges[2 * at + 1]}`,
    );
    expect(pairs).toEqual(new Set(wanted));
    expect(links.sides.every((side) => side === 3)).toBe(true);
  });
});
