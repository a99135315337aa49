/** The graph on the page: camera, walking, the tree, search, words. */
import { describe, expect, test } from 'vitest';

import { linesOf, sumGroups, widthsOf } from '../../../src/core/inspect/graph-boxes.ts';
import { layOutGraph } from '../../../src/core/inspect/graph-layout.ts';
import { listNodes } from '../../../src/core/inspect/graph-nodes.ts';
import { pictureOf } from '../../../src/core/inspect/graph-picture.ts';
import {
  beginningOf,
  fitTo,
  panBy,
  reveal,
  zoomAt,
} from '../../../src/ui/parts/inspect/graph/camera.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { findNodes } from '../../../src/ui/parts/inspect/graph/find-nodes.ts';
import { boxWords, placesOf } from '../../../src/ui/parts/inspect/graph/graph-boxes.ts';
import { linksOf } from '../../../src/ui/parts/inspect/graph/paint-links.ts';
import { treeRows } from '../../../src/ui/parts/inspect/graph/tree-rows.ts';
import { placeAt, walk } from '../../../src/ui/parts/inspect/graph/walk-graph.ts';
import { manyNodes } from '../../core/inspect/large-graphs.ts';

const pane = { width: 400, height: 300 };

describe('the camera', () => {
  test('keeps what is under the pointer in place while it zooms', () => {
    const before = { x: 10, y: 20, zoom: 0.5 };
    const after = zoomAt(before, 2, 100, 60);
    expect(after.zoom).toBe(1);
    expect(after.x + 100 / after.zoom).toBeCloseTo(before.x + 100 / before.zoom);
    expect(after.y + 60 / after.zoom).toBeCloseTo(before.y + 60 / before.zoom);
  });

  test('moves by pixels of the screen', () => {
    expect(panBy({ x: 0, y: 0, zoom: 0.5 }, 10, -20)).toEqual({ x: 20, y: -40, zoom: 0.5 });
  });

  test('shows all of a graph, or a beginning that can be read', () => {
    const tall = { width: 300, height: 30_000 };
    const all = fitTo(tall, pane);
    expect(all.zoom * tall.height).toBeLessThan(pane.height);
    expect(all.y).toBeLessThan(0);
    expect(beginningOf(tall, pane).zoom).toBe(0.85);
    // Of a wide one the first box stands in the middle.
    const wide = beginningOf({ width: 9000, height: 9000 }, pane, 7000);
    expect(wide.x + pane.width / wide.zoom / 2).toBeCloseTo(7000);
  });

  test('moves no further than shows a box', () => {
    const camera = { x: 0, y: 0, zoom: 1 };
    expect(reveal(camera, { x: 100, y: 100, width: 80, height: 40 }, pane)).toEqual(camera);
    const right = reveal(camera, { x: 500, y: 100, width: 80, height: 40 }, pane);
    expect(right.x + pane.width).toBeGreaterThan(580);
    expect(right.x).toBeLessThan(500);
    expect(right.y).toBe(0);
  });
});

describe('a graph of twenty nodes', async () => {
  const picture = await pictureOf(listNodes(manyNodes(20)));
  const sums = sumGroups(picture);
  const count = picture.names.length;
  const open = new Uint8Array(picture.groupNames.length).fill(1);
  const layout = layOutGraph({ shape: picture, open, widths: widthsOf(picture, sums) });
  const places = placesOf(layout);
  const place = (name: string): number => places.get(picture.names.indexOf(name)) ?? -1;
  const nameAt = (at: number): string => picture.names[layout.boxes[at]!] ?? '';
  const any = () => true;

  test('is walked along its connections', () => {
    const q = place('/layers.0/attn/q/MatMul');
    const mul = walk(layout, q, 'down', any);
    expect(nameAt(mul)).toBe('/layers.0/attn/Mul');
    expect(nameAt(walk(layout, mul, 'up', any))).toMatch(/^\/layers\.0\/attn\/[qk]\/MatMul$/);
    const other = walk(layout, q, 'right', any);
    expect([other === q, layout.y[other]]).toEqual([false, layout.y[q]]);
    // What is not on this side is not walked to.
    expect(walk(layout, q, 'down', () => false)).toBe(q);
  });

  test('tells what is under a point: the box, or else the frame around', () => {
    const q = place('/layers.0/attn/q/MatMul');
    const [x, y] = [layout.x[q]!, layout.y[q]!];
    expect(placeAt(layout, x + 5, y + 5, any)).toBe(q);
    const frame = placeAt(layout, x + 5, y - 12, any);
    expect(layout.boxes[frame]).toBeGreaterThanOrEqual(count);
    expect(placeAt(layout, -1000, 0, any)).toBe(-1);
  });

  test('lights the way to and from a box', () => {
    const lit = linksOf(layout.links, place('/layers.1/attn/Softmax'));
    // One input and one output, of one piece each at least.
    expect(lit.size).toBeGreaterThanOrEqual(2);
    for (const link of lit) {
      const ends = [layout.links.from[link], layout.links.to[link]];
      const isOwn = ends.includes(place('/layers.1/attn/Softmax'));
      expect(isOwn || nameAt(layout.links.from[link]!) === '/layers.1/attn/Add').toBe(true);
    }
  });

  test('is a tree of rows, with every node once where all is open', () => {
    const rows = treeRows(picture, open);
    expect(rows).toHaveLength(count + open.length);
    expect(new Set(rows.map(({ box }) => box)).size).toBe(rows.length);
    const folded = treeRows(picture, new Uint8Array(open.length));
    // Two inputs, two layers, one output.
    expect(folded.map(({ level, position, siblings }) => [level, position, siblings])).toEqual(
      [1, 2, 3, 4, 5].map((position) => [1, position, 5]),
    );
    expect(folded.filter((row) => row.open === false)).toHaveLength(2);
  });

  test('is searched by name and operator', () => {
    expect(findNodes(picture, 'softmax')).toHaveLength(2);
    expect(findNodes(picture, 'LAYERS.1/')).toHaveLength(10);
    expect(findNodes(picture, '  ')).toEqual([]);
  });

  test('says what a group holds', () => {
    const group = count + picture.groupNames.indexOf('layers.0');
    expect(boxWords(picture, sums, group, true)).toBe(
      'Group layers.0, 10 nodes, 64 bytes, in both',
    );
  });
});

test('a box does not repeat what the frames around it and its operator say', async () => {
  const names = [
    'layers.0.attn.matmul',
    'layers.0.attn.relu_2',
    'layers.0.mlp.up.relu',
    'layers.0.mlp.down.relu',
    'relu',
  ];
  const nodes = names.map((name, at) =>
    node(at === 0 ? 'MatMul' : 'Relu', at === 0 ? ['x', 'x'] : [`v${at}`], [`v${at + 1}`], {
      name,
    }),
  );
  const square = [value('x', 'float32', [2, 2])];
  const outputs = [value(`v${names.length}`, 'float32', [2, 2])];
  const drawn = await pictureOf(listNodes(model(graph({ inputs: square, outputs, nodes }))));
  const sums = sumGroups(drawn);
  const lines = names.map((name) =>
    linesOf(drawn, sums, drawn.names.indexOf(name), 'left').join(' '),
  );
  expect(lines).toEqual(['MatMul ', 'Relu relu_2', 'Relu up.relu', 'Relu down.relu', 'Relu ']);
});
