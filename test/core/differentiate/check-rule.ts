/**
 * Checks gradient rules: the gradients of the emitted graph, run by onnxruntime in float32, against
 * central differences of the float64 reference.
 */
import { expect, test } from 'vitest';

import { graph, model, value } from '../../../src/core/onnx/build.ts';
import type { Model, Node } from '../../../src/core/onnx/types.ts';
import { runModel } from '../../onnxruntime.ts';
import { feedsOf, gradientsOf, storedAs } from './emitted-gradients.ts';
import { countOf, type NumberArray } from './reference/array.ts';
import { normal } from './reference/draw.ts';
import { evaluate } from './reference/evaluate.ts';

export interface GradientCase {
  readonly nodes: readonly Node[];
  /** Values by name; dims alone stand for normal ones. What the nodes don't use is left to `surrogate`. */
  readonly inputs: Readonly<Record<string, NumberArray | readonly number[]>>;
  /** Inputs whose gradients are checked. They are inputs of the graph; all others are stored in it. */
  readonly wrt: readonly string[];
  /** Other inputs that change from run to run, such as the ids of tokens. */
  readonly feeds?: readonly string[];
  /** What is differentiated; unless given, all float outputs of the last node. */
  readonly outputs?: readonly string[];
  /** max |g − reference| / max |reference|; 5e-6 unless given. */
  readonly tolerance?: number;
  /** Smooth nodes whose gradient the rule promises in place of the true one (straight-through). */
  readonly surrogate?: readonly Node[];
  readonly opset?: number;
  /** Whether each BatchNormalization uses the statistics of the batch; `surrogate` then says so in nodes. */
  readonly batchStatistics?: boolean;
}

/** A case with all values drawn. */
export interface DrawnCase extends GradientCase {
  readonly model: Model;
  readonly values: ReadonlyMap<string, NumberArray>;
  /** Random weights of the outputs: what is differentiated is Σ weight · output. */
  readonly seeds: ReadonlyMap<string, NumberArray>;
}

/** A test of one case: `checkGradient('C = A · B', { nodes, inputs: { A: [2, 3], B: [3] }, wrt: ['A', 'B'] })` */
export function checkGradient(caption: string, given: GradientCase): void {
  test(caption, () => expectGradients(given), patience);
}

/** Milliseconds: the reference is slow where a machine is busy with other things. */
const patience = 30_000;

/** The check of one case, inside a test. Errors: what `expect` says of the first gradient that is wrong. */
export async function expectGradients(given: GradientCase): Promise<void> {
  const drawn = draw(given);
  if (!given.surrogate) await checkReference(drawn);
  const gradients = await gradientsOf(drawn);
  for (const name of given.wrt) {
    const { dims } = drawn.values.get(name)!;
    const gradient = gradients.get(name);
    if (gradient) expect(gradient.dims, `dims of the gradient of ${name}`).toEqual(dims);
    const found = gradient?.data ?? new Float64Array(countOf(dims));
    const error = relativeError(found, centralDifferences(drawn, name));
    expect(error, `relative error of the gradient of ${name}`).toBeLessThanOrEqual(
      given.tolerance ?? 5e-6,
    );
  }
}

/** Draws what a case leaves open. */
export function draw(given: GradientCase): DrawnCase {
  const { nodes, inputs, wrt, feeds = [], opset = 21 } = given;
  const values = new Map(
    Object.entries(inputs).map(([name, one]): [string, NumberArray] => [
      name,
      'data' in one ? one : normal(one, name),
    ]),
  );
  const all = evaluate(nodes, values);
  const outputs = (given.outputs ?? nodes.at(-1)?.outputs ?? []).filter((name) => {
    const made = all.get(name);
    return made && (made.dtype ?? 'float32').startsWith('float');
  });
  const seeds = outputs.map((name) => [name, normal(all.get(name)!.dims, `seed ${name}`)] as const);
  const used = new Set(nodes.flatMap((node) => node.inputs));
  const [fed, stored] = [
    new Set([...wrt, ...feeds]),
    [...values].filter(([name]) => used.has(name)),
  ];
  const main = graph({
    nodes,
    inputs: [...fed].map((name) => {
      const { dtype = 'float32', dims } = values.get(name)!;
      return value(name, dtype, dims);
    }),
    outputs: outputs.map((name) => value(name, 'float32')),
    initializers: stored.filter(([name]) => !fed.has(name)).map((entry) => storedAs(...entry)),
  });
  const microsoft = nodes.some(({ domain }) => domain === 'com.microsoft');
  return { ...given, model: model(main, { opset, microsoft }), values, seeds: new Map(seeds) };
}

/** The reference must compute what onnxruntime computes, or it proves nothing. */
export async function checkReference({ model, nodes, values, seeds }: DrawnCase): Promise<void> {
  const expected = evaluate(nodes, values);
  const found = await runModel(model, feedsOf(model, values));
  for (const name of seeds.keys()) {
    const { dims, data } = found[name]!;
    expect(dims, `dims of ${name}`).toEqual(expected.get(name)!.dims);
    const error = relativeError(Float64Array.from(data as Float32Array), expected.get(name)!.data);
    expect(error, `${name} of onnxruntime against the reference`).toBeLessThanOrEqual(1e-5);
  }
}

const step = 1e-5;

/** (f(x + h) − f(x − h)) / 2h for each element of one value, f = Σ seed · output, all in float64. */
export function centralDifferences(
  { nodes, surrogate = nodes, values, seeds }: DrawnCase,
  name: string,
): Float64Array {
  const { data, ...rest } = values.get(name)!;
  const moved = (index: number, by: number): number => {
    const changed = data.with(index, data[index]! + by);
    const all = evaluate(surrogate, new Map(values).set(name, { ...rest, data: changed }));
    let total = 0;
    for (const [output, seed] of seeds) {
      all.get(output)!.data.forEach((one, place) => (total += seed.data[place]! * one));
    }
    return total;
  };
  return data.map((_, index) => (moved(index, step) - moved(index, -step)) / (2 * step));
}

/** max |a − b| / max |b|; the largest |a| where b is 0 throughout. Infinity where NaN is among a. */
export function relativeError(a: Float64Array, b: Float64Array): number {
  if (a.length !== b.length) return Infinity;
  const apart = a.reduce((most, one, index) => Math.max(most, Math.abs(one - b[index]!)), 0);
  const scale = b.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  if (Number.isNaN(apart)) return Infinity;
  return scale < 1e-8 ? apart : apart / scale;
}
