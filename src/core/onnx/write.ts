/**
 * Writes a model as Blobs: what was not edited is passed through as slices of the original file and
 * never enters the heap.
 */
import { sizeOf } from './bytes.ts';
import { encode, type EncodeOptions } from './encode.ts';
import { filesOf } from './read.ts';
import { ModelSchema, TensorSchema } from './schema.ts';
import { storedBytes } from './tensor.ts';
import type { Bytes, Model, StringEntry, Tensor } from './types.ts';
import { mapTensors } from './edit.ts';
import { tensorsOf } from './walk.ts';

/** A written model: the .onnx, and the files that its tensors point into, by location. */
export interface WrittenModel {
  readonly onnx: Blob;
  readonly external: ReadonlyMap<string, Blob>;
}

export interface WriteOptions extends EncodeOptions {
  /** Put the main graph's initializers of `threshold` bytes or more into this file beside the model. */
  readonly external?: { readonly location: string; readonly threshold?: number };
}

/** protobuf can't hold more than 2 GiB in one message; leave room for the structure. */
const largestMessage = 2 ** 31 - 2 ** 24;
/** Where a tensor may begin in an external file, so that a runtime can map it into memory. */
const page = 4096;

/**
 * Writes a model. One that was read and not edited gives the bytes that were read. Edited models
 * become a single file, unless `external` asks otherwise, their original had external data, or they
 * would outgrow what one protobuf message can hold.
 */
export function writeOnnx(model: Model, options: WriteOptions = {}): WrittenModel {
  const original = filesOf(model);
  if (original && !options.external && !options.afresh) {
    return {
      onnx: blobOf([original.onnx]),
      external: original.external ?? new Map<string, Blob>(),
    };
  }
  const tensors = [...tensorsOf(model)];
  const total = tensors.reduce(
    (sum, tensor) => sum + sizeOf(storedBytes(tensor) ?? new Uint8Array(0)),
    0,
  );
  const hadExternal = tensors.some((tensor) => tensor.externalBytes);
  const external = options.external ?? { location: 'model.onnx_data' };
  if (options.external || hadExternal || total > largestMessage) {
    return writeExternal(model, external.location, external.threshold ?? page, options);
  }
  return { onnx: blobOf(encode(ModelSchema, model, options)), external: new Map() };
}

/** A single TensorProto, as test data keeps it. */
export const writeTensor = (tensor: Tensor): Blob => blobOf(encode(TensorSchema, tensor));

function writeExternal(
  model: Model,
  location: string,
  threshold: number,
  options: WriteOptions,
): WrittenModel {
  const pieces: Bytes[] = [];
  let end = 0;
  // onnxruntime infers shapes without looking outside the file, and finds nothing outside for a
  // subgraph when the model was given as bytes: small tensors and those of subgraphs stay inside.
  const movable = new Set(model.graph.initializers);
  const moved = mapTensors(model, (tensor) => {
    const bytes = storedBytes(tensor);
    if (!bytes) return tensor;
    if (sizeOf(bytes) < threshold || !movable.has(tensor)) return inlined(tensor, bytes);
    const padding = (page - (end % page)) % page;
    pieces.push(new Uint8Array(padding), bytes);
    const offset = end + padding;
    end = offset + sizeOf(bytes);
    return pointing(tensor, bytes, location, offset);
  });
  const onnx = blobOf(encode(ModelSchema, moved, options));
  return { onnx, external: new Map(end > 0 ? [[location, blobOf(pieces)]] : []) };
}

/** The tensor with its bytes in the model's own file. */
function inlined(tensor: Tensor, bytes: Bytes): Tensor {
  return tensor.externalBytes ? { ...described(tensor), rawData: bytes } : tensor;
}

/** A tensor without its values. */
function described({ name, dtype, dims, docString, metadataProps, unknown }: Tensor): Tensor {
  return {
    name,
    dtype,
    dims,
    ...(docString === undefined ? {} : { docString }),
    ...(metadataProps ? { metadataProps } : {}),
    ...(unknown ? { unknown } : {}),
  };
}

function pointing(tensor: Tensor, bytes: Bytes, location: string, offset: number): Tensor {
  const entry = (key: string, value: string | number): StringEntry => ({
    key,
    value: String(value),
  });
  return {
    ...described(tensor),
    dataLocation: 1,
    externalData: [
      entry('location', location),
      entry('offset', offset),
      entry('length', sizeOf(bytes)),
    ],
  };
}

const blobOf = (pieces: readonly Bytes[]): Blob =>
  pieces.length === 1 && pieces[0] instanceof Blob ? pieces[0] : new Blob(pieces as BlobPart[]);
