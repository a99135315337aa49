/** Runs models on onnxruntime-node with the project's own tensors, and compares what comes out. */
import * as ort from 'onnxruntime-node';
import { loadBytes } from '../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';

export type Outputs = Readonly<Record<string, ort.Tensor>>;

const options: ort.InferenceSession.SessionOptions = {
  logSeverityLevel: 4,
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
};

/** One run of a model, on one thread. Errors: what onnxruntime says where it can't load or run it. */
export async function runModel(
  model: Model,
  feeds: Readonly<Record<string, ort.Tensor>>,
): Promise<Outputs> {
  const bytes = new Uint8Array(await writeOnnx(model).onnx.arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

/** A stored tensor as a feed. Errors: TypeError for types that onnxruntime does not take from JavaScript. */
export async function feedOf(tensor: Tensor): Promise<ort.Tensor> {
  const { dtype, dims } = tensor;
  if (dtype === 'string') {
    const text = (tensor.stringData ?? []).map((one) =>
      new TextDecoder().decode(one as Uint8Array),
    );
    return new ort.Tensor('string', text, dims);
  }
  if (!Object.hasOwn(arrays, dtype)) throw new TypeError(`${dtype} can't be fed from JavaScript`);
  const type = dtype as keyof typeof arrays;
  const { buffer } = new Uint8Array(await loadBytes(tensor));
  return new ort.Tensor(type, new arrays[type](buffer), dims);
}

/**
 * The largest absolute difference of two runs: 0 where all is equal, NaN and infinities included;
 * Infinity where dims, types, texts or the places of NaN and infinities differ.
 */
export function difference(a: Outputs, b: Outputs): number {
  const names = Object.keys(a);
  if (names.join() !== Object.keys(b).join()) return Infinity;
  return Math.max(0, ...names.map((name) => apart(a[name], b[name])));
}

function apart(a: ort.Tensor | undefined, b: ort.Tensor | undefined): number {
  if (!a || !b || a.type !== b.type || a.dims.join() !== b.dims.join()) return Infinity;
  const [left, right] = [a.data, b.data];
  let most = 0;
  for (let at = 0; at < left.length; at++) {
    const [x, y] = [left[at], right[at]];
    if (Object.is(x, y) || x === y) continue;
    const gap = typeof x === 'string' ? Infinity : Math.abs(Number(x) - Number(y));
    most = Math.max(most, Number.isNaN(gap) ? Infinity : gap);
  }
  return most;
}
