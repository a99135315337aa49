/** Reads .pb, a single tensor as ONNX's test data holds it (TensorProto). */
import { ModelError } from '../../core/errors.ts';
import { readTensor } from '../../core/onnx/read.ts';
import { loadBytes } from '../../core/onnx/tensor.ts';
import { toBytes } from '../../core/onnx/bytes.ts';
import type { Dtype, Tensor } from '../../core/onnx/types.ts';
import type { Value, ValueData } from '../../core/runtime.ts';

type Make = (bytes: ArrayBuffer) => ValueData;

const makers: Partial<Readonly<Record<Dtype, Make>>> = {
  float32: (bytes) => new Float32Array(bytes),
  float64: (bytes) => new Float64Array(bytes),
  float16: (bytes) => new Uint16Array(bytes),
  bfloat16: (bytes) => new Uint16Array(bytes),
  bool: (bytes) => new Uint8Array(bytes),
  uint8: (bytes) => new Uint8Array(bytes),
  int8: (bytes) => new Int8Array(bytes),
  uint16: (bytes) => new Uint16Array(bytes),
  int16: (bytes) => new Int16Array(bytes),
  uint32: (bytes) => new Uint32Array(bytes),
  int32: (bytes) => new Int32Array(bytes),
  uint64: (bytes) => new BigUint64Array(bytes),
  int64: (bytes) => new BigInt64Array(bytes),
};

/** With the name that the tensor has; '' for none. Errors: ModelError that names the file. */
export async function readPb(
  name: string,
  blob: Blob,
): Promise<{ readonly name: string; readonly value: Value }> {
  try {
    const tensor = await readTensor(new Uint8Array(await blob.arrayBuffer()));
    const { dtype, dims } = tensor;
    return { name: tensor.name, value: { dtype, dims, data: await dataOf(tensor) } };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(`"${name}" holds no tensor that can be read here: ${why}`);
  }
}

async function dataOf(tensor: Tensor): Promise<ValueData> {
  if (tensor.dtype === 'string') {
    const texts = await Promise.all((tensor.stringData ?? []).map((text) => toBytes(text)));
    return texts.map((text) => new TextDecoder().decode(text));
  }
  const make = makers[tensor.dtype];
  if (make) return make((await loadBytes(tensor)).slice().buffer);
  throw new ModelError(`it has values of type ${tensor.dtype}, which no model is fed with.`);
}
