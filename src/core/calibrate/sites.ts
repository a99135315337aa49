/**
 * The places where statistics are collected: the distinct inputs of the products that a set of weights
 * takes part in. Weights that share an input (q, k and v; gate and up) share a site.
 */
import type { Node, Model } from '../onnx/types.ts';
import type { Consumer, Weight } from '../onnx/weights.ts';
import { productInput, type ProductInput, type Window } from './product-input.ts';

/** One input of products, in the main graph. */
export interface Site {
  /** Unique among the sites of a model. */
  readonly key: string;
  /** The value's name in the main graph; edits of weights keep it. */
  readonly value: string;
  /** Further values that the same weights are multiplied with; their rows count as well. */
  readonly also: readonly string[];
  /** Rows of the last axis (products), or patches (convolutions). */
  readonly view: 'rows' | 'patches';
  /** Of rows: they lie along the last axis, and their numbers along the first. */
  readonly turned: boolean;
  /** How patches are cut out. */
  readonly window?: Window;
  readonly channels: number;
  readonly groups: number;
  /** Keys of the weights that it is multiplied with. */
  readonly weights: readonly string[];
}

export interface Sites {
  /** In the order in which the graph computes them. */
  readonly sites: readonly Site[];
  /** Why a weight has none: it is looked up, it lies in a subgraph, … */
  readonly refused: ReadonlyMap<string, string>;
}

/** The sites of some weights of a model. */
export function sitesOf(model: Model, weights: readonly Weight[]): Sites {
  const places = new Map(model.graph.nodes.map((node, index) => [node, index] as const));
  const found = new Map<string, Draft & { readonly weights: string[] }>();
  const refused = new Map<string, string>();
  for (const weight of weights) {
    const draft = draftOf(weight, places);
    if (typeof draft === 'string') refused.set(weight.key, draft);
    else {
      const known = found.get(draft.key);
      if (known) known.weights.push(weight.key);
      else found.set(draft.key, { ...draft, weights: [weight.key] });
    }
  }
  const inOrder = [...found.values()].sort((a, b) => a.place - b.place);
  return { sites: inOrder.map(({ place: _, ...site }) => site), refused };
}

type Draft = Omit<Site, 'weights'> & { readonly place: number };

/** The site of one weight, with all values that it is multiplied with; or why it has none. */
function draftOf(weight: Weight, places: ReadonlyMap<Node, number>): Draft | string {
  const reasons: string[] = [];
  const inputs: (ProductInput & { readonly place: number })[] = [];
  for (const consumer of weight.consumers) {
    const input = inMainGraph(weight, consumer, places);
    if (typeof input === 'string') reasons.push(input);
    else inputs.push(input);
  }
  inputs.sort((a, b) => a.place - b.place);
  const [first] = inputs;
  if (!first) return reasons[0] ?? 'nothing multiplies with it';
  const shape = shapeOf(first);
  const alike = inputs.filter((other) => shapeOf(other) === shape);
  const values = [...new Set(alike.map(({ value }) => value))];
  const [value = '', ...also] = values;
  return { ...first, value, also, key: `${values.join(' + ')} ${shape}` };
}

function inMainGraph(weight: Weight, consumer: Consumer, places: ReadonlyMap<Node, number>) {
  const place = places.get(consumer.node);
  if (consumer.path.length > 0 || place === undefined) return 'it is used in a subgraph';
  const input = productInput(weight, consumer);
  return typeof input === 'string' ? input : { ...input, place };
}

/** All but the value and its place, as text. */
function shapeOf({ view, turned, window, channels, groups }: ProductInput): string {
  const cut = window
    ? ` of ${[window.kernel, window.strides, window.pads, window.dilations].map((one) => one?.join('×') ?? '').join('/')}${window.autoPad ?? ''}`
    : '';
  return `${groups} × ${channels} ${turned ? 'turned ' : ''}${view}${cut}`;
}
