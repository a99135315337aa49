/** From the tensors of onnxruntime, which both of its builds give alike, to plain values. */
import { RuntimeError } from '../core/errors.ts';
import { dtypes, type Dtype } from '../core/onnx/types.ts';
import type { Value, ValueData } from '../core/runtime.ts';

/** What is used of onnxruntime's Tensor. */
export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ValueData;
}

/** Reads every output. Errors: RuntimeError for a type that is not known here. */
export function valuesOf(outputs: Readonly<Record<string, RuntimeTensor>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [name, valueOf(name, output)]),
  );
}

function valueOf(name: string, { type, dims, data }: RuntimeTensor): Value {
  if (!isDtype(type)) throw new RuntimeError(`Output "${name}" has the unknown type ${type}.`);
  return { dtype: type, dims: [...dims], data: type === 'float16' ? bitsOf(data) : data };
}

const isDtype = (type: string): type is Dtype => (dtypes as readonly string[]).includes(type);

/** Engines that have a Float16Array get one from onnxruntime; here float16 is its bits everywhere. */
function bitsOf(data: ValueData): ValueData {
  if (!ArrayBuffer.isView(data)) return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}
