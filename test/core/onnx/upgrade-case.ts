/** Small models at an old opset, and the check that an upgrade leaves their results as they were. */
import type { Tensor as Feed } from 'onnxruntime-node';
import { expect } from 'vitest';
import { graph, model, node, value, type AttributeValue } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Dtype, Graph, Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { difference, feedOf, runModel } from '../../onnxruntime.ts';

type Dims = readonly (number | string)[];
type Inputs = Readonly<Record<string, Dims>>;

/** A table of tests: what the test is called, the opset to start from, the model. */
export type Cases = Readonly<Record<string, readonly [opset: number, one: Case]>>;

export interface Case {
  readonly nodes: readonly Node[];
  /** float32 inputs, or bare ones: a text dim is declared symbolic and fed as 3. */
  readonly inputs: Inputs;
  readonly initializers?: readonly Tensor[];
  readonly feeds?: Readonly<Record<string, Tensor>>;
  readonly outputs?: readonly string[];
  /** What the nodes become. */
  readonly becomes?: readonly string[];
  /** onnxruntime 1.30 has no kernel for the operator beyond this opset. */
  readonly last?: number;
}

/** Floats from -1.4 to 1.4 without a pattern that a wrong axis could hide in. */
const wave = (count: number): Float32Array =>
  Float32Array.from({ length: count }, (_, at) => Math.fround(1.4 * Math.sin(12.9898 * at + 1)));
export const floats = (name: string, dims: readonly number[], data?: readonly number[]): Tensor => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return makeTensor(name, 'float32', dims, data ? Float32Array.from(data) : wave(count));
};
export const integers = (name: string, data: readonly number[], dims = [data.length]): Tensor =>
  makeTensor(name, 'int64', dims, BigInt64Array.from(data, BigInt));

export function modelOf(opset: number, one: Case): Model {
  const { nodes, inputs, initializers = [], feeds = {}, outputs = ['Y'] } = one;
  const dtypeOf = (name: string): Dtype => feeds[name]?.dtype ?? 'float32';
  const main = graph({
    nodes,
    inputs: Object.entries(inputs).map(([name, dims]) => value(name, dtypeOf(name), dims)),
    outputs: outputs.map((name) => ({ name })),
    initializers,
  });
  return model(main, { opset });
}

export async function feedsOf({ inputs, feeds = {} }: Case): Promise<Record<string, Feed>> {
  const entries = Object.entries(inputs).map(async ([name, dims]) => {
    const fixed = dims.map((dim) => (typeof dim === 'number' ? dim : 3));
    return [name, await feedOf(feeds[name] ?? floats(name, fixed))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export const opTypes = ({ nodes }: Graph): string[] => nodes.map(({ opType }) => opType);

/** Runs a case before and after, to 21 and to 25. */
export async function expectSame(opset: number, one: Case): Promise<void> {
  const old = modelOf(opset, one);
  const feeds = await feedsOf(one);
  const before = await runModel(old, feeds);
  for (const version of [21, 25].filter((target) => target <= (one.last ?? 25))) {
    const upgraded = await upgradeOpset(old, version);
    expect(difference(before, await runModel(upgraded, feeds))).toBe(0);
    if (one.becomes) expect(opTypes(upgraded.graph)).toEqual(one.becomes);
  }
}

/** `single('Clip', ['X'], { min: float(0) })`: one node that makes Y. */
export const single = (
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Node[] => [node(opType, inputs, ['Y'], { name: 'it', attributes })];
