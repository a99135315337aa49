/**
 * Caches of keys and values: `past_key_values.N.key` → `present.N.key`. Whoever runs such a model
 * counts N from 0, so a model with fewer layers must count without gaps.
 */
import { renameValue } from '../../onnx/graph.ts';
import type { Graph } from '../../onnx/types.ts';

/** A name that belongs to a layer: `present.` `3` `.key`. */
interface CacheName {
  readonly before: string;
  readonly layer: number;
  readonly after: string;
}

const past = /^(past[\w.]*?[._])(\d+)(\D*)$/;
const present = /^(present[\w.]*?[._])(\d+)(\D*)$/;

const parsed = (name: string, pattern: RegExp): CacheName | undefined => {
  const [, before = '', layer = '', after = ''] = pattern.exec(name) ?? [];
  return before === '' ? undefined : { before, layer: Number(layer), after };
};

/** The layer of an output that is part of a cache. */
export const presentLayer = (name: string): number | undefined => parsed(name, present)?.layer;

/** New names of the inputs and outputs of a graph, by their old ones. */
export type Renamed = ReadonlyMap<string, string>;

/**
 * Drops the caches of the given layers: outputs and the inputs that fed them. Where something still
 * asks a dropped input for its shape, the input of the first layer that stays answers.
 */
export function withoutCaches(graph: Graph, layers: ReadonlySet<number>): Graph {
  const isGone = (name: string, pattern: RegExp): boolean => {
    const layer = parsed(name, pattern)?.layer;
    return layer !== undefined && layers.has(layer);
  };
  const inputs = graph.inputs.filter(({ name }) => !isGone(name, past));
  const outputs = graph.outputs.filter(({ name }) => !isGone(name, present));
  const standIn = (name: string): string => {
    if (!isGone(name, past)) return name;
    const { after } = parsed(name, past)!;
    return inputs.find((one) => parsed(one.name, past)?.after === after)?.name ?? name;
  };
  const nodes = graph.nodes.map((node) =>
    node.opType === 'Shape' ? { ...node, inputs: node.inputs.map(standIn) } : node,
  );
  return { ...graph, nodes, inputs, outputs };
}

/** The graph with its caches counted from 0 without gaps, and the names that changed. */
export function renumbered(graph: Graph): { readonly graph: Graph; readonly renamed: Renamed } {
  const sides = [
    { pattern: past, values: graph.inputs },
    { pattern: present, values: graph.outputs },
  ];
  const renamed = new Map<string, string>();
  let result = graph;
  for (const { pattern, values } of sides) {
    const names = values.flatMap(({ name }) => {
      const cache = parsed(name, pattern);
      return cache ? [{ name, cache }] : [];
    });
    const order = [...new Set(names.map(({ cache }) => cache.layer))].sort((a, b) => a - b);
    // Upwards, each name is free by the time that a later layer takes it.
    for (const { name, cache } of names.sort((a, b) => a.cache.layer - b.cache.layer)) {
      const to = `${cache.before}${order.indexOf(cache.layer)}${cache.after}`;
      if (to === name) continue;
      renamed.set(name, to);
      result = renameValue(result, name, to);
    }
  }
  return { graph: result, renamed };
}
