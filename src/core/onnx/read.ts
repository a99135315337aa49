/**
 * Opens an ONNX model. The structure is read; the weights stay where they are until someone asks
 * for them (`tensor.ts`), so opening costs kilobytes whatever the size of the file.
 */
import { ModelError, formatBytes } from '../errors.ts';
import { decode } from './decode.ts';
import { externalReference, isExternal } from './external.ts';
import { ModelSchema, TensorSchema } from './schema.ts';
import { headLength, refuseLookalike } from './sniff.ts';
import { Source } from './source.ts';
import { bitsOf, checkData, elementCount } from './tensor.ts';
import type { Bytes, Model, Tensor } from './types.ts';
import { tensorsOf } from './walk.ts';

/** A model's own files: the .onnx, and those that its tensors point into, by location. */
export interface OnnxFiles {
  readonly onnx: Bytes;
  readonly external?: ReadonlyMap<string, Blob>;
}

/** Remembers where an untouched model came from, so that it is written back as it was. */
const files = new WeakMap<Model, OnnxFiles>();
export const filesOf = (model: Model): OnnxFiles | undefined => files.get(model);

/**
 * Reads a model. Errors: ModelError that says what is wrong with the file, where, and what to do:
 * not a model, damaged, data that does not match its dims, external files missing or too short.
 */
export async function readOnnx(from: OnnxFiles): Promise<Model> {
  const model = await decodeModel(from.onnx);
  if (!isModel(model)) {
    throw new ModelError(
      'This file is not an ONNX model: it has no graph or no opset. Export the model as .onnx and open that.',
    );
  }
  attachExternal(model, from.external ?? new Map<string, Blob>());
  for (const tensor of tensorsOf(model)) checkData(tensor);
  files.set(model, from);
  return model;
}

/** Reads a single TensorProto, as the .pb files of test data hold it. Errors: ModelError. */
export async function readTensor(bytes: Bytes): Promise<Tensor> {
  const tensor = (await decode(TensorSchema, new Source(bytes))) as Tensor;
  checkData(tensor);
  return tensor;
}

/** The files that a model wants beside it, each once, in order of first use. Errors: ModelError as `readOnnx`. */
export async function externalLocations(onnx: Bytes): Promise<string[]> {
  const model = await decodeModel(onnx);
  if (!isModel(model)) return [];
  const tensors = [...tensorsOf(model)].filter(isExternal);
  return [...new Set(tensors.map((tensor) => externalReference(tensor).location))];
}

async function decodeModel(onnx: Bytes): Promise<Partial<Model>> {
  const source = new Source(onnx);
  const head = Math.min(headLength, source.length);
  await source.load({ start: 0, end: head });
  refuseLookalike(source.view(0, head));
  return decode(ModelSchema, source);
}

/** Files before IR version 3 have no opset; all others must. */
function isModel(model: Partial<Model>): model is Model {
  const { graph, irVersion = 0, opsetImports = [] } = model;
  return graph !== undefined && (opsetImports.length > 0 || (irVersion > 0 && irVersion < 3));
}

/** Gives each external tensor its bytes. In place: the model is not yet anybody else's. */
function attachExternal(model: Model, external: ReadonlyMap<string, Blob>): void {
  const missing = new Set<string>();
  for (const tensor of tensorsOf(model)) {
    if (!isExternal(tensor)) continue;
    const { location, offset, length } = externalReference(tensor);
    const file = external.get(location);
    if (!file) {
      missing.add(location);
      continue;
    }
    const size = length ?? Math.ceil((elementCount(tensor) * bitsOf(tensor.dtype)) / 8);
    if (offset + size > file.size) {
      throw new ModelError(
        `Tensor "${tensor.name}" wants ${size} bytes at ${offset} of "${location}", which ends at ${file.size} ` +
          `(${formatBytes(file.size)}). That file is cut off or belongs to another model; get both again.`,
      );
    }
    (tensor as { externalBytes?: Blob }).externalBytes = file.slice(offset, offset + size);
  }
  if (missing.size > 0) {
    const names = [...missing].map((name) => `"${name}"`);
    const some =
      names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
    throw new ModelError(
      `The weights of this model lie in other files, which are missing: ${some}. ` +
        'Open them together with the model, or open the whole folder.',
    );
  }
}
