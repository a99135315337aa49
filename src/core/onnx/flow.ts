/**
 * A model as one web of values. Names are resolved through the scopes of If, Loop and Scan, and calls
 * of the model's own functions are followed into their bodies, so that whoever asks where a value
 * comes from or goes to need not know about either. build-flow.ts makes it.
 */
import type { GraphPath } from './edit.ts';
import type { Node, Tensor } from './types.ts';

/** A tensor that the model holds, where a path can reach it (so not those inside functions). */
export interface Stored {
  /** Unique in the model: the value's name after `<node>.<attribute>/` for each graph around it. */
  readonly key: string;
  readonly path: GraphPath;
  readonly kind: 'initializer' | 'constant' | 'sparse';
  /** Of a sparse tensor, its values. */
  readonly tensor: Tensor;
  /** Indices of a sparse tensor. */
  readonly indices?: Tensor;
  readonly dims: readonly number[];
  readonly value: FlowValue;
}

export interface FlowUse {
  readonly node: FlowNode;
  readonly input: number;
}

export interface FlowValue {
  readonly name: string;
  readonly producer?: FlowNode;
  readonly uses: readonly FlowUse[];
  /** Its tensor, where it is an initializer or the output of a Constant. */
  readonly tensor?: Tensor;
}

/**
 * One node. A `phi` stands for the way of a value over the border of a subgraph or function: from
 * the inner values that may become it, to the outer one, or the other way round.
 */
export interface FlowNode {
  /** Position in the order of the model, each node followed by what is inside it. */
  readonly index: number;
  readonly node: Node;
  readonly path: GraphPath;
  readonly phi: boolean;
  readonly inputs: readonly (FlowValue | undefined)[];
  readonly outputs: readonly (FlowValue | undefined)[];
  /** The outermost call of a model's function that this node is part of. */
  readonly call?: FlowNode;
}

export interface Flow {
  readonly nodes: readonly FlowNode[];
  /** In the order of the model. */
  readonly stored: readonly Stored[];
  /** Inputs of the main graph that are not initializers. */
  readonly inputs: readonly FlowValue[];
}

/** The operator of a node: its name, after `domain.` unless that is ai.onnx. */
export function operatorOf({ domain, opType }: Pick<Node, 'domain' | 'opType'>): string {
  return domain === '' || domain === 'ai.onnx' ? opType : `${domain}.${opType}`;
}
