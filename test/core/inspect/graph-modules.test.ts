/** Modules where few nodes tell theirs, and partners where no name helps: small graphs by hand, and our own models. */
import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { presets } from '../../../src/core/compress/presets.ts';
import { commonSubsequence } from '../../../src/core/inspect/graph-match-order.ts';
import { matchNodes } from '../../../src/core/inspect/graph-match.ts';
import { modulesOf, type ModuleNode } from '../../../src/core/inspect/graph-modules.ts';
import { listNodes } from '../../../src/core/inspect/graph-nodes.ts';
import { pathOfNode } from '../../../src/core/inspect/graph-paths.ts';
import { pictureOf, pictureOfTwo } from '../../../src/core/inspect/graph-picture.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import type { Model } from '../../../src/core/onnx/types.ts';

/** Nodes as `name: module? < sources`, in order; the module of each as it is told and derived. */
function derived(...lines: readonly string[]): Record<string, string | undefined> {
  const parsed = lines.map((line) => {
    const [, name = '', path = '', sources = ''] =
      /^(\S+)(?: \[(\S+)\])?(?: < (.+))?$/.exec(line) ?? [];
    return { name, path, sources: sources === '' ? [] : sources.split(' ') };
  });
  const at = new Map(parsed.map(({ name }, index) => [name, index]));
  const nodes = parsed.map(({ name, path }): ModuleNode => ({
    kind: name.startsWith('in') ? 'input' : name.startsWith('out') ? 'output' : 'node',
    path: path === '' ? undefined : path.split('/'),
    constants: path === '' ? [] : [{ name: path }],
  }));
  const edges = parsed.flatMap(({ sources }, to) => sources.flatMap((from) => [at.get(from)!, to]));
  const found = modulesOf(nodes, Int32Array.from(edges));
  return Object.fromEntries(parsed.map(({ name }, index) => [name, found[index]?.join('/')]));
}

describe('modules', () => {
  test('are told by names and by weights, also by those that a recipe left', () => {
    const of = (name: string, opType: string, ...constants: readonly string[]) =>
      pathOfNode(
        { name, opType },
        constants.map((one) => ({ name: one })),
      )?.join('/');
    expect(of('/net/layers.0/attn/MatMul', 'MatMul')).toBe('net/layers.0/attn');
    expect(of('layers.0.attn.matmul_2', 'MatMul')).toBe('layers.0/attn');
    expect(of('layers.0.attn.softmax', 'MatMul')).toBeUndefined();
    expect(of('n3_MatMul', 'MatMul', 'ax0', 'layers.1.wq.weight_scale')).toBe('layers.1/wq');
    expect(of('', 'Add', 'constant.12')).toBeUndefined();
    expect(of('', 'Mul', 'x'.repeat(300_000) + '.weight')).toBeUndefined();
  });

  test('of a block with decomposed norms: between two weights, at the end of a block, before a norm', () => {
    const found = derived(
      'in',
      'embed [embedding] < in',
      'pow < embed',
      'root < pow',
      'divide < embed root',
      'scale [layers.0/attn/norm] < divide',
      'q [layers.0/attn/q] < scale',
      'k [layers.0/attn/k] < scale',
      'turned < k',
      'scores < q turned',
      'soft < scores',
      'o [layers.0/attn/o] < soft',
      'sum < embed o',
      'pow2 < sum',
      'divide2 < sum pow2',
      'scale2 [layers.0/mlp/norm] < divide2',
      'up [layers.0/mlp/up] < scale2',
      'gelu < up',
      'down [layers.0/mlp/down] < gelu',
      'sum2 < sum down',
      'pow3 < sum2',
      'divide3 < sum2 pow3',
      'scale3 [norm] < divide3',
      'head [head] < scale3',
      'soft2 < head',
      'out < soft2',
    );
    const modules = (path: string): readonly string[] =>
      Object.keys(found).filter((name) => found[name] === path);
    expect(modules('embedding')).toEqual(['embed']);
    expect(modules('layers.0/attn/norm')).toEqual(['pow', 'root', 'divide', 'scale']);
    expect(modules('layers.0/attn')).toEqual(['turned', 'scores', 'soft']);
    expect(modules('layers.0')).toEqual(['sum', 'sum2']);
    expect(modules('layers.0/mlp/norm')).toEqual(['pow2', 'divide2', 'scale2']);
    expect(modules('layers.0/mlp')).toEqual(['gelu']);
    expect(modules('norm')).toEqual(['pow3', 'divide3', 'scale3']);
    expect(modules('head')).toEqual(['head', 'soft2']);
  });

  test('what serves several modules lies outside them; what decodes a weight lies with its product', () => {
    const found = derived(
      'in',
      'shape < in',
      'mask < shape',
      'decode [a/fc]',
      'product < in decode',
      'masked < product mask',
      'b [b/fc] < masked',
      'masked2 < b mask',
      'c [c/fc] < masked2',
      'out < c',
    );
    expect([found.shape, found.mask]).toEqual(['', '']);
    expect(found.product).toBe('a/fc');
  });

  test('neither cycles nor nodes in the wrong order do harm', () => {
    const found = derived('a < c', 'b [m/x] < a', 'c < b', 'd [m/y] < c', 'e < e');
    expect(found.c).toBe('m');
    expect(found.e).toBeUndefined();
  });
});

test('the longest common subsequence, as by hand', () => {
  const pairs = commonSubsequence(Array.from('ABCBDAB'), Array.from('BDCABA'));
  // Cormen et al., Introduction to Algorithms, figure on this pair of words: length 4.
  expect(pairs).toHaveLength(4);
  expect(pairs.every(([i, j]) => 'ABCBDAB'[i] === 'BDCABA'[j])).toBe(true);
  expect(commonSubsequence([], ['A'])).toEqual([]);
});

/** The same model as another exporter might write it: without node names, with other names of values. */
function renamed({ graph, ...model }: Model, prefix: string): Model {
  const kept = new Set(
    [...graph.initializers, ...graph.inputs, ...graph.outputs].map(({ name }) => name),
  );
  const names = new Map<string, string>();
  const rename = (name: string): string => {
    if (name === '' || kept.has(name)) return name;
    const known = names.get(name) ?? `${prefix}_value_${names.size}`;
    names.set(name, known);
    return known;
  };
  const nodes = graph.nodes.map((node) => ({
    ...node,
    name: '',
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
  }));
  return { ...model, graph: { ...graph, nodes } };
}

describe.each(['digits', 'digits-vit', 'embedder', 'sentiment', 'storyteller'])('%s', (id) => {
  const path = new URL(`../../../public/models/${id}/onnx/model.onnx`, import.meta.url);
  const read = readFile(path).then((bytes) => readOnnx({ onnx: new Blob([bytes]) }));

  test.each(['int8', 'int4'] as const)(
    'keeps every node through %s, with and without names',
    async (preset) => {
      const before = await read;
      const { model: after } = await compress(before, presets[preset].recipe);
      const [left, right] = [listNodes(before).nodes, listNodes(after).nodes];
      const truth = matchNodes(left, right);
      expect([...truth].filter((one) => one < 0)).toEqual([]);
      const [bareLeft, bareRight] = [renamed(before, 'a'), renamed(after, 'b')].map((model) =>
        listNodes(model),
      );
      expect(matchNodes(bareLeft!.nodes, bareRight!.nodes)).toEqual(truth);
      const { groupNames } = await pictureOfTwo(bareLeft!, bareRight!);
      expect(groupNames.some((name) => /^(Block|Part) /.test(name))).toBe(false);
    },
  );

  test('reads as a tree of its modules', async () => {
    const { groupNames, groupParents } = await pictureOf(listNodes(await read));
    const outer = groupNames.filter((_, at) => groupParents[at] === -1);
    const expected: Record<string, readonly string[]> = {
      digits: ['convolutions.0', 'convolutions.1', 'convolutions.2', 'hidden', 'head'],
      'digits-vit': [
        'patches',
        'layers.0',
        'layers.1',
        'layers.2',
        'layers.3',
        'norm',
        'classifier',
      ],
      embedder: ['embeddings', 'layers.0', 'layers.1', 'norm', 'pooling'],
      sentiment: ['embeddings', 'layers.0', 'layers.1', 'pooling', 'classifier'],
      storyteller: [
        ...['rotary', 'mask', 'embedding'],
        ...[0, 1, 2, 3, 4, 5].map((layer) => `layers.${layer}`),
        'norm',
      ],
    };
    expect(outer).toEqual(expected[id]);
  });
});
