/** The gradients that the engine gives for the cases of `check-rule.ts`: all that it is asked lies here. */
import { Tensor as Feed } from 'onnxruntime-node';

import { emitBackward } from '../../../src/core/differentiate/backward.ts';
import { useBatchStatistics } from '../../../src/core/differentiate/batch-statistics.ts';
import { GraphEmitter } from '../../../src/core/differentiate/emitter.ts';
import { traceForward } from '../../../src/core/differentiate/forward.ts';
import { gradientModel, type GradientModel } from '../../../src/core/differentiate/gradient.ts';
import { packBits, type BitWidth } from '../../../src/core/math/pack-bits.ts';
import { value as valueInfo } from '../../../src/core/onnx/build.ts';
import { namesOf, sorted, withoutUnreachable } from '../../../src/core/onnx/graph.ts';
import { bitsOf, makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Dtype, Model, Tensor } from '../../../src/core/onnx/types.ts';
import type { Feeds, ValueData } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { runModel } from '../../onnxruntime.ts';
import type { NumberArray } from './reference/array.ts';

/** What to differentiate, by what, at which values. */
export interface Question {
  readonly model: Model;
  readonly values: ReadonlyMap<string, NumberArray>;
  /** The weight of each output's elements. */
  readonly seeds: ReadonlyMap<string, NumberArray>;
  readonly wrt: readonly string[];
  readonly batchStatistics?: boolean;
}

/** The gradients by name, computed by onnxruntime in float32; missing where none flows. */
export async function gradientsOf(question: Question): Promise<Map<string, NumberArray>> {
  const { model, values, wrt } = question;
  const feeds: Feeds = Object.fromEntries(
    model.graph.inputs.map(({ name }) => [name, valueOf(values.get(name)!)]),
  );
  const differentiated = await (question.batchStatistics
    ? withBatchStatistics(question, feeds)
    : gradientModel(model, feeds, seedsOf(question), wrt, nodeRuntime()));
  const { gradients } = differentiated;
  if (gradients.size === 0) return new Map();
  const results = await runModel(differentiated.model, feedsOf(differentiated.model, values));
  return new Map(
    [...gradients].map(([name, output]) => {
      const { dims, data } = results[output]!;
      return [name, { dims: [...dims], data: Float64Array.from(data as Float32Array) }];
    }),
  );
}

/** Values as onnxruntime takes them, for the inputs that a model has. */
export const feedsOf = (
  { graph }: Model,
  values: ReadonlyMap<string, NumberArray>,
): Record<string, Feed> =>
  Object.fromEntries(
    graph.inputs.map(({ name }) => {
      const { dtype, dims, data } = valueOf(values.get(name)!);
      return [name, new Feed(dtype as 'float32', data as Float32Array, dims)];
    }),
  );

/** `gradientModel` for a model in training mode. */
async function withBatchStatistics(question: Question, feeds: Feeds): Promise<GradientModel> {
  const { model, wrt } = question;
  const traced = await traceForward(model, feeds, new Set(wrt), nodeRuntime());
  const emitter = new GraphEmitter(namesOf(traced.model));
  const { forward, nodes } = useBatchStatistics(traced, emitter);
  const seeds = new Map(
    Object.entries(seedsOf(question)).map(([name, { dims, data }]) => [
      name,
      emitter.tensor('float32', dims, data),
    ]),
  );
  const gradients = emitBackward(forward, emitter, { seeds, wanted: wrt, batchStatistics: nodes });
  const { graph } = forward.model;
  const whole = withoutUnreachable({
    ...graph,
    nodes: [...graph.nodes, ...emitter.nodes],
    initializers: [...graph.initializers, ...emitter.initializers],
    outputs: [...new Set(gradients.values())].map((name) => valueInfo(name, 'float32')),
  });
  return { model: { ...forward.model, graph: sorted(whole) }, gradients };
}

const seedsOf = ({ seeds }: Question) =>
  Object.fromEntries(
    [...seeds].map(([name, { dims, data }]) => [
      name,
      { dtype: 'float32', dims, data: Float32Array.from(data) } as const,
    ]),
  );

const arrays: Partial<Record<Dtype, (data: Float64Array) => Exclude<ValueData, string[]>>> = {
  float32: (data) => Float32Array.from(data),
  int64: (data) => BigInt64Array.from(Array.from(data, BigInt)),
  int32: (data) => Int32Array.from(data),
  int16: (data) => Int16Array.from(data),
  uint16: (data) => Uint16Array.from(data),
  int8: (data) => Int8Array.from(data),
  uint8: (data) => Uint8Array.from(data),
  bool: (data) => Uint8Array.from(data),
};

/** Errors: TypeError for element types that no case has needed yet. */
function valueOf({ dtype = 'float32', dims, data }: NumberArray) {
  const make = arrays[dtype];
  if (!make) throw new TypeError(`The cases have no ${dtype}; add it to the table above.`);
  return { dtype, dims, data: make(data) };
}

/** An array as an initializer; elements of 4 and 2 bits are packed. */
export function storedAs(name: string, array: NumberArray): Tensor {
  const { dtype = 'float32', dims, data } = array;
  const bits = bitsOf(dtype);
  if (bits > 4) {
    const { data: values } = valueOf(array);
    return makeTensor(name, dtype, dims, values);
  }
  return makeTensor(name, dtype, dims, packBits(Int8Array.from(data), bits as BitWidth));
}
