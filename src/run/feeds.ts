/** Checks what crosses the border to onnxruntime before it does, so that both runtimes refuse alike. */
import { RuntimeError } from '../core/errors.ts';
import { describeSignature, type Signature } from '../core/onnx/signature.ts';
import type { Dtype } from '../core/onnx/types.ts';
import type { Feeds, Value } from '../core/runtime.ts';

/** The array that carries each type; a type that is missing here can't pass through JavaScript. */
const arrays: Readonly<Partial<Record<Dtype, NumericArray>>> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};
type NumericArray =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Int8ArrayConstructor
  | Uint8ArrayConstructor
  | Int16ArrayConstructor
  | Uint16ArrayConstructor
  | Int32ArrayConstructor
  | Uint32ArrayConstructor
  | BigInt64ArrayConstructor
  | BigUint64ArrayConstructor;

/** What is used of onnxruntime's description of an input or output. */
interface Described {
  readonly name: string;
  readonly type?: string;
}

/**
 * Errors: RuntimeError naming an input or output of a type that can't pass through JavaScript.
 * onnxruntime-node would end the whole process over an output of 4-bit integers.
 */
export function checkBorder(values: readonly Described[]): void {
  for (const { name, type } of values) {
    if (type === undefined || type === 'string' || type in arrays) continue;
    throw new RuntimeError(
      `"${name}" of the model is ${type}, which onnxruntime can't pass to JavaScript. Put a Cast there and export the model again.`,
    );
  }
}

/** Errors: RuntimeError naming the input at fault: missing, unknown, wrong type, shape or number of values. */
export function checkFeeds(inputs: readonly Signature[], feeds: Feeds): void {
  for (const input of inputs) {
    const value = Object.hasOwn(feeds, input.name) ? feeds[input.name] : undefined;
    if (!value) {
      throw new RuntimeError(
        `Input "${input.name}" is missing. Feed it ${describeSignature(input)}.`,
      );
    }
    checkValue(input, value);
  }
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(feeds)) {
    if (names.includes(name)) continue;
    throw new RuntimeError(
      `The model has no input "${name}". Its inputs are: ${names.join(', ') || 'none'}.`,
    );
  }
}

function checkValue(input: Signature, { dtype, dims, data }: Value): void {
  const { name } = input;
  if (input.dtype !== dtype) {
    throw new RuntimeError(
      `Input "${name}" was given ${dtype}; the model wants ${describeSignature(input)}.`,
    );
  }
  const wanted = input.dims;
  const fits =
    !wanted ||
    (wanted.length === dims.length &&
      wanted.every((dim, axis) => typeof dim === 'string' || dim === dims[axis]));
  if (!fits || dims.some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    throw new RuntimeError(
      `Input "${name}" was given the shape [${dims.join(', ')}]; the model wants ${describeSignature(input)}.`,
    );
  }
  checkArray(name, dtype, data);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== count) {
    throw new RuntimeError(
      `Input "${name}" of shape [${dims.join(', ')}] needs ${count} values but was given ${data.length}.`,
    );
  }
}

function checkArray(name: string, dtype: Dtype, data: Value['data']): void {
  const wanted = dtype === 'string' ? Array : arrays[dtype];
  if (!wanted || data instanceof wanted) return;
  throw new RuntimeError(
    `Input "${name}" is ${dtype}, whose values go in a ${wanted.name}, not a ${data.constructor.name}.`,
  );
}
