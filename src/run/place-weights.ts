/**
 * Brings a model into the form in which onnxruntime takes it with the least memory: the graph as one
 * small file, and the weights beside it. Given inside the file they lie in memory once more.
 */
import { readOnnx } from '../core/onnx/read.ts';
import type { Model } from '../core/onnx/types.ts';
import { writeOnnx } from '../core/onnx/write.ts';
import type { ModelFiles } from '../core/runtime.ts';

/** Smaller tensors stay in the graph's file: for them a second file only costs time. */
const threshold = 2 ** 16;

/** A model ready for a session. */
export interface PlacedModel extends ModelFiles {
  readonly model: Model;
  /** Bytes of the weights that lie beside the graph. */
  readonly weightBytes: number;
}

/**
 * Reads a model and moves its large tensors out of the .onnx, whatever files it came in; no weight
 * enters the heap. Errors: ModelError, so a damaged file never reaches the runtime.
 */
export async function placeWeights(files: ModelFiles): Promise<PlacedModel> {
  const model = await readOnnx(files);
  const { onnx, external } = writeOnnx(model, { external: { location: 'weights', threshold } });
  const weightBytes = [...external.values()].reduce((sum, { size }) => sum + size, 0);
  return { model, onnx, external, weightBytes };
}
