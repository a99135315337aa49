/** Trained weights into a graph, by name. */
import { ModelError } from '../../core/errors.ts';
import { elementCount, makeTensor } from '../../core/onnx/tensor.ts';
import type { Model, Tensor } from '../../core/onnx/types.ts';

/** The model with these values in its initializers. Errors: ModelError for a name that it lacks, for one that is missing, or for values of another size. */
export function withWeights(model: Model, weights: ReadonlyMap<string, Float32Array>): Model {
  const initializers = model.graph.initializers.map((tensor) => filled(tensor, weights));
  const known = new Set(initializers.map(({ name }) => name));
  const foreign = [...weights.keys()].find((name) => !known.has(name));
  if (foreign !== undefined) {
    throw new ModelError(
      `Weight "${foreign}" has no place in "${model.graph.name}". Train the same graph that ships.`,
    );
  }
  return { ...model, graph: { ...model.graph, initializers } };
}

function filled(tensor: Tensor, weights: ReadonlyMap<string, Float32Array>): Tensor {
  const { name, dims, dtype } = tensor;
  const values = weights.get(name);
  if (values?.length !== elementCount(tensor)) {
    throw new ModelError(
      `Weight "${name}" takes ${elementCount(tensor)} values; training gave ${values?.length ?? 'none'}. Train the same graph that ships.`,
    );
  }
  return makeTensor(name, dtype, dims, values);
}
