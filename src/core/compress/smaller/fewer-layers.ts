/** A student with some layers of its teacher left out, as in DistilBERT (Sanh et al., 2019). */
import { RecipeError } from '../../errors.ts';
import { indexGraph, renameValue, withoutUnreachable } from '../../onnx/graph.ts';
import { GraphEdit } from '../../onnx/graph-edit.ts';
import { countParameters } from '../../onnx/parameters.ts';
import { node } from '../../onnx/build.ts';
import type { Graph, Model } from '../../onnx/types.ts';
import type { Feeds } from '../../runtime.ts';
import { presentLayer, renumbered, withoutCaches, type Renamed } from './caches.ts';
import {
  kindOf,
  layersOf,
  outputsInside,
  residualBlocks,
  type Block,
  type Layer,
} from './residual-blocks.ts';
import {
  dimsOf,
  feedsFor,
  finished,
  type Dims,
  type Smaller,
  type SmallerOptions,
} from './smaller.ts';
import { describeNode } from './tie.ts';

/**
 * Keeps a share of the layers, evenly spaced, the first and the last among them; at least one of each kind. A
 * layer is a residual block x + f(x), or attention and the MLP after it; where it is dropped, x goes
 * on. Caches of dropped layers vanish, and those that stay are counted anew from 0. Errors:
 * RecipeError for a share outside [0, 1]; ModelError, RuntimeError where the model, or the smaller
 * one, does not run.
 */
export async function withFewerLayers(
  model: Model,
  keep: number,
  options: SmallerOptions,
): Promise<Smaller> {
  if (!(keep >= 0 && keep <= 1)) {
    throw new RecipeError(
      `Share ${keep} is not between 0 and 1. Give the part of the layers to keep.`,
    );
  }
  const feeds = await feedsFor(model, options);
  const dims = await dimsOf(model, feeds, options.runtime);
  const notes: string[] = [];
  const layers = layersOf(residualBlocks(model, dims)).filter((layer) => {
    const why = unfit(layer, model.graph);
    if (why !== undefined) notes.push(why);
    return why === undefined;
  });
  if (layers.length === 0) notes.push('No layer can be left out: no residual block was found.');
  const dropped = superfluous(layers, keep);
  if (dropped.length === 0 && options.weights !== 'fresh') return { model, notes };
  const { graph, renamed } = without(model.graph, dropped.flat());
  const small = { ...model, graph };
  const counted = `Parameters: ${countParameters(model)} → ${countParameters(small)}.`;
  const said = [counted, ...dropped.map(describeLayer), ...renamings(renamed), ...notes];
  const after = moved(feeds, dims, renamed, graph);
  return finished({ model: small, notes: said }, after.feeds, after.dims, options);
}

/** Why a layer can't be dropped: something else than a cache needs what it computes. */
function unfit(layer: Layer, graph: Graph): string | undefined {
  for (const block of layer) {
    const needed = outputsInside(block, graph).find((name) => presentLayer(name) === undefined);
    if (needed !== undefined) {
      return `The layer that ends at ${describeNode(block.add)} stays: output "${needed}" needs what it computes.`;
    }
  }
  return undefined;
}

/** The layers that go: an encoder and a decoder lose the same share, and neither all of its layers. */
function superfluous(layers: readonly Layer[], keep: number): readonly Layer[] {
  const stacks = new Map<string, Layer[]>();
  for (const layer of layers) {
    const kind = kindOf(layer);
    stacks.set(kind, [...(stacks.get(kind) ?? []), layer]);
  }
  const gone = [...stacks.values()].flatMap((stack) => {
    const stay = evenlySpaced(stack.length, keep);
    return stack.filter((_, position) => !stay.has(position));
  });
  return layers.filter((layer) => gone.includes(layer));
}

/** Positions of the layers that stay. */
function evenlySpaced(count: number, keep: number): ReadonlySet<number> {
  const kept = Math.min(count, Math.max(1, Math.round(keep * count)));
  const step = kept > 1 ? (count - 1) / (kept - 1) : 0;
  return new Set(Array.from({ length: kept }, (_, index) => Math.round(index * step)));
}

function without(
  graph: Graph,
  blocks: readonly Block[],
): { readonly graph: Graph; readonly renamed: Renamed } {
  const caches = blocks.flatMap((block) =>
    outputsInside(block, graph).flatMap((name) => presentLayer(name) ?? []),
  );
  const bypassed = bypass(withoutCaches(graph, new Set(caches)), blocks);
  return renumbered(withoutUnreachable(bypassed));
}

/** Lets x take the place of what each block gives. */
function bypass(graph: Graph, blocks: readonly Block[]): Graph {
  const index = indexGraph(graph);
  const stands = new Map<string, string>();
  const standIn = (name: string): string => {
    const other = stands.get(name);
    return other === undefined ? name : standIn(other);
  };
  const edit = new GraphEdit(graph);
  for (const { around, result } of blocks) {
    const maker = index.producer.get(result)!;
    if (index.isOutput(result)) edit.replace(maker, node('Identity', [standIn(around)], [result]));
    else {
      edit.remove(maker);
      stands.set(result, around);
    }
  }
  return [...stands.keys()].reduce(
    (bypassed, result) => renameValue(bypassed, result, standIn(result)),
    edit.done(),
  );
}

const describeLayer = (layer: Layer): string =>
  `Left out: the layer that ends at ${describeNode(layer.at(-1)!.add)}.`;

const renamings = (renamed: Renamed): string[] =>
  renamed.size === 0
    ? []
    : [
        'Caches are counted anew from 0: ' +
          `${Array.from(renamed, ([from, to]) => `"${from}" is "${to}"`).join(', ')}. ` +
          'Lower the number of layers in config.json.',
      ];

/** The inputs and dims of the whole model under the names of the smaller one. */
function moved(
  feeds: Feeds,
  dims: Dims,
  renamed: Renamed,
  graph: Graph,
): { readonly feeds: Feeds; readonly dims: Dims } {
  const old = new Map(Array.from(renamed, ([from, to]) => [to, from] as const));
  const before = (name: string): string => old.get(name) ?? name;
  const inputs = graph.inputs.flatMap(({ name }) => {
    const feed = feeds[before(name)];
    return feed ? [[name, feed] as const] : [];
  });
  const outputs = graph.outputs.flatMap(({ name }) => {
    const sizes = dims.get(before(name));
    return sizes ? [[name, sizes] as const] : [];
  });
  return { feeds: Object.fromEntries(inputs), dims: new Map(outputs) };
}
