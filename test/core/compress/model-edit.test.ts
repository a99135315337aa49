import { describe, expect, test } from 'vitest';

import { kept, ModelEdit } from '../../../src/core/compress/model-edit.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Graph, Model } from '../../../src/core/onnx/types.ts';
import { branches } from './fixtures.ts';

const scalar = (name: string, x: number) => makeTensor(name, 'float32', [1], Float32Array.of(x));

/** y = Identity(x·w), with a note about the value between. */
function chain(irVersion = 10): Model {
  const made = graph({
    nodes: [node('Mul', ['x', 'w'], ['t'], { name: 'times' }), node('Identity', ['t'], ['y'])],
    inputs: [value('x', 'float32', [1]), value('w', 'float32', [1])],
    outputs: [value('y', 'float32', [1])],
    initializers: [scalar('v', 1), scalar('w', 2)],
  });
  const noted = { ...made, valueInfos: [value('t', 'float32', [1])] };
  return { ...model(noted), irVersion };
}

const stored = (name: string) => ({ name, path: [], stored: 'initializer' }) as const;
const names = (items: readonly { readonly name: string }[]) => items.map(({ name }) => name);

describe('ModelEdit', () => {
  test('without an edit gives back the very model', () => {
    const untouched = chain();
    expect(new ModelEdit(untouched).done()).toBe(untouched);
  });

  test('replaces a stored tensor by tensors and nodes, and leaves the old model alone', () => {
    const before = chain();
    const edit = new ModelEdit(before);
    const name = edit.fresh('w');
    expect(name).toBe('w_1');
    edit.replaceStored(stored('w'), [scalar(name, 3)], [node('Neg', [name], ['w'])]);
    const { graph: after } = edit.done();
    expect(names(after.initializers)).toEqual(['v', 'w_1']);
    expect(names(after.inputs)).toEqual(['x']);
    expect(after.nodes.map(({ opType }) => opType)).toEqual(['Neg', 'Mul', 'Identity']);
    expect(names(before.graph.initializers)).toEqual(['v', 'w']);
  });

  test('swaps a stored tensor in its place', () => {
    const edit = new ModelEdit(chain());
    edit.swapStored(stored('v'), scalar('v', 5));
    const { graph: after } = edit.done();
    expect(names(after.initializers)).toEqual(['v', 'w']);
    expect(names(after.inputs)).toEqual(['x', 'w']);
  });

  test('drops notes about values that are gone', () => {
    const before = chain();
    const edit = new ModelEdit(before);
    const [times, identity] = before.graph.nodes;
    edit.replace(times!);
    edit.replace(identity!, node('Neg', ['x'], ['y']));
    expect(edit.done().graph.valueInfos).toEqual([]);
    const other = new ModelEdit(before);
    other.replace(times!, node('Neg', ['x'], ['t']));
    expect(names(other.done().graph.valueInfos)).toEqual(['t']);
  });

  test('files before IR version 4 list their initializers as inputs; the edited one is no such file', () => {
    const edit = new ModelEdit(chain(3));
    edit.swapStored(stored('v'), scalar('v', 5));
    const after = edit.done();
    expect(after.irVersion).toBe(4);
    expect(names(after.graph.inputs)).toEqual(['x']);
  });

  test('edits several graphs at once, constants of branches among them', () => {
    const { model: before } = branches();
    const path = (attribute: string) => [{ node: 0, attribute, index: 0 }];
    const edit = new ModelEdit(before);
    const constant = { name: 'A', path: path('then_branch'), stored: 'constant' } as const;
    edit.replaceStored(constant, [scalar('A_1', 1)], [node('Neg', ['A_1'], ['A'])]);
    edit.swapStored(stored('C'), scalar('C', 1));
    edit.swapStored({ name: 'B', path: path('else_branch'), stored: 'constant' }, scalar('B', 7));
    const after = edit.done().graph;
    const inner = (name: string): Graph | undefined =>
      after.nodes[0]?.attributes.find((one) => one.name === name)?.g;
    expect(inner('then_branch')?.nodes.map(({ opType }) => opType)).toEqual([
      'Constant',
      'Neg',
      'MatMul',
    ]);
    expect(inner('else_branch')?.nodes[0]?.attributes[0]?.t?.dims).toEqual([1]);
    expect(after.initializers[0]?.dims).toEqual([1]);
  });

  test('names the constant that it does not find', () => {
    const edit = new ModelEdit(chain());
    const absent = { name: 'nothing', path: [], stored: 'constant' } as const;
    expect(() => edit.swapStored(absent, scalar('nothing', 1))).toThrow('"nothing"');
  });
});

test('large results leave the heap', () => {
  expect(kept(new Uint8Array(10))).toBeInstanceOf(Uint8Array);
  expect(kept(new Uint8Array(2 ** 20))).toBeInstanceOf(Blob);
});
