/** What is shown while something else is read: the old picture under its own names. */
import { beforeEach, expect, test, vi } from 'vitest';

import { sumGroups, widthsOf } from '../../../src/core/inspect/graph-boxes.ts';
import { listNodes } from '../../../src/core/inspect/graph-nodes.ts';
import { pictureOf, type GraphPicture } from '../../../src/core/inspect/graph-picture.ts';
import { layOutGraph, type LayoutRequest } from '../../../src/core/inspect/graph-layout.ts';
import type { ModelFiles } from '../../../src/core/runtime.ts';
import { manyNodes } from '../../core/inspect/large-graphs.ts';

const bridge = vi.hoisted(() => ({
  graphPictureInWorker:
    vi.fn<(left: unknown, right: unknown, signal: AbortSignal) => Promise<unknown>>(),
}));
vi.mock('../../../src/bridge/inspect-graph.ts', () => ({
  ...bridge,
  graphLayoutInWorker: (request: LayoutRequest) => Promise.resolve(layOutGraph(request)),
}));

const { GraphInspection } = await import('../../../src/ui/state/inspect-graph.svelte.ts');
const { Answer } = await import('../../../src/ui/state/inspect-tensor.svelte.ts');

const files: ModelFiles = { onnx: new Blob(), external: new Map() };
const sides = (left: string, right: string) => ({
  ids: [left, right] as const,
  names: [`name of ${left}`, `name of ${right}`] as const,
});
let picture: GraphPicture;

/** A promise that is resolved from outside. */
function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((take) => (resolve = take));
  return { promise, resolve };
}

const compared = () => {
  const sums = sumGroups(picture);
  return { picture, sums, widths: widthsOf(picture, sums), unread: 0 };
};

beforeEach(async () => {
  picture = await pictureOf(listNodes(manyNodes(20)));
  bridge.graphPictureInWorker.mockReset();
});

test('a graph stays under its own names until the next one is read', async () => {
  const inspection = new GraphInspection();
  bridge.graphPictureInWorker.mockResolvedValueOnce(compared());
  await inspection.read(files, files, sides('a', 'b'));
  expect(inspection.graph?.of).toEqual(sides('a', 'b'));

  const { promise, resolve } = deferred<unknown>();
  bridge.graphPictureInWorker.mockReturnValueOnce(promise);
  const swapped = inspection.read(files, files, sides('b', 'a'));
  expect(inspection.graph?.of).toEqual(sides('a', 'b'));
  resolve(compared());
  await swapped;
  expect(inspection.graph?.of).toEqual(sides('b', 'a'));
  expect(inspection.problem).toBeUndefined();
});

test('going back to the graph that is shown drops the one that is read', async () => {
  const inspection = new GraphInspection();
  bridge.graphPictureInWorker.mockResolvedValueOnce(compared());
  await inspection.read(files, files, sides('a', 'b'));
  bridge.graphPictureInWorker.mockImplementationOnce(
    (_left, _right, signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  const other = inspection.read(files, files, sides('c', 'b'));
  expect(inspection.doing).not.toBe('');
  await inspection.read(files, files, sides('a', 'b'));
  await other;
  expect([inspection.graph?.of, inspection.doing, inspection.problem]).toEqual([
    sides('a', 'b'),
    '',
    undefined,
  ]);
});

test('an answer that comes after another question is dropped; the old one stays meanwhile', async () => {
  const answer = new Answer<string>('It could not be read.');
  const questions = [1, 2, 3].map(() => deferred<string>());
  const ask = (at: number): void => void answer.await(() => questions[at]!.promise);
  ask(0);
  questions[0]!.resolve('first, with its own name');
  await vi.waitFor(() => expect(answer.value).toBe('first, with its own name'));
  ask(1);
  ask(2);
  expect([answer.value, answer.isAsking]).toEqual(['first, with its own name', true]);
  questions[1]!.resolve('second');
  await Promise.resolve();
  expect(answer.value).toBe('first, with its own name');
  questions[2]!.resolve('third');
  await vi.waitFor(() => expect(answer.value).toBe('third'));
});
