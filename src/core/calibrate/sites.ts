/**
 * The places where statistics are collected: the distinct inputs of the products that a set of weights
 * takes part in. Weights that share an input (q, k and v; gate and up) share a site.
 */
import { ModelError } from '../errors.ts';
import type { Model } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';

/** One input of products, in the main graph. */
export interface Site {
  /** Unique among the sites of a model. */
  readonly key: string;
  /** The value's name in the main graph; edits of weights keep it. */
  readonly value: string;
  /** Rows of the last axis (products), or patches (convolutions). */
  readonly view: 'rows' | 'patches';
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
  throw new ModelError(`Not there yet: ${weights.length} weights of ${model.graph.name}.`);
}
