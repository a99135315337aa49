/** Gradients of a model's outputs as a model of its own: for tests, and for looking at sensitivity. */
import { value as valueInfo } from '../onnx/build.ts';
import { namesOf, withoutUnreachable } from '../onnx/graph.ts';
import type { Model } from '../onnx/types.ts';
import type { Feeds, Runtime, Value } from '../runtime.ts';
import { emitBackward } from './backward.ts';
import { GraphEmitter } from './emitter.ts';
import { traceForward } from './forward.ts';

/** A model that takes the feeds and gives the gradients, named after what they belong to. */
export interface GradientModel {
  readonly model: Model;
  /** The name of the output that holds the gradient of each value; missing where none flows. */
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Differentiates Σ seed · output with respect to initializers or inputs, for inputs as large as the
 * feeds. `seeds` are by output. Errors: ModelError for what can't be differentiated, RuntimeError.
 */
export async function gradientModel(
  model: Model,
  feeds: Feeds,
  seeds: Readonly<Record<string, Value>>,
  wanted: readonly string[],
  runtime: Runtime,
): Promise<GradientModel> {
  const forward = await traceForward(model, feeds, new Set(wanted), runtime);
  const emitter = new GraphEmitter(namesOf(forward.model));
  const seedNames = new Map(
    Object.entries(seeds).map(([output, { dims, data }]) => {
      const name = emitter.tensor('float32', dims, data as Float32Array);
      return [output, name] as const;
    }),
  );
  const gradients = emitBackward(forward, emitter, { seeds: seedNames, wanted });
  const { graph } = forward.model;
  const outputs = [...new Set(gradients.values())].map((name) => valueInfo(name, 'float32'));
  const whole = withoutUnreachable({
    ...graph,
    nodes: [...graph.nodes, ...emitter.nodes],
    initializers: [...graph.initializers, ...emitter.initializers],
    outputs,
  });
  return { model: { ...forward.model, graph: whole }, gradients };
}
