/** Runs what an emitter wrote, as a graph of its own. */
import { Tensor as Feed } from 'onnxruntime-node';

import { GraphEmitter } from '../../../src/core/differentiate/emitter.ts';
import { graph, model, value } from '../../../src/core/onnx/build.ts';
import { runModel } from '../../onnxruntime.ts';

export interface Floats {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Gives what the emitted value `emit` names holds for the given inputs. */
export async function runEmitted(
  inputs: Readonly<Record<string, Floats>>,
  emit: (emitter: GraphEmitter) => string,
): Promise<Floats> {
  const emitter = new GraphEmitter(new Set(Object.keys(inputs)));
  const result = emitter.emit('Identity', [emit(emitter)]);
  const main = graph({
    nodes: emitter.nodes,
    inputs: Object.entries(inputs).map(([name, { dims }]) => value(name, 'float32', dims)),
    outputs: [value(result, 'float32')],
    initializers: emitter.initializers,
  });
  const feeds = Object.entries(inputs).map(
    ([name, { dims, data }]) => [name, new Feed('float32', data, dims)] as const,
  );
  const { dims, data } = (await runModel(model(main), Object.fromEntries(feeds)))[result]!;
  return { dims: [...dims], data: data as Float32Array };
}
