/**
 * Says before a download whether a model will fit: into the storage, into the memory of each device.
 * Pure. The ratios were measured with onnxruntime-web: heap after loading, weights beside the graph.
 */
import { formatBytes } from '../../core/errors.ts';
import type { Variant, VariantDtype } from './variants.ts';

export type Fit = 'fits' | 'tight' | 'no';

export interface Verdict {
  readonly fit: Fit;
  /** A sentence: why. */
  readonly why: string;
}

export interface Forecast {
  /** To download; undefined where the server does not tell. */
  readonly bytes: number | undefined;
  readonly files: number;
  readonly storage: Verdict;
  readonly wasm: Verdict;
  /** Absent where this browser has no WebGPU. */
  readonly webgpu?: Verdict;
  /** The worst of storage and the best device. */
  readonly overall: Verdict;
}

/** What is known of this device. All in bytes. */
export interface Surroundings {
  /** Storage in use and allowed, where the browser tells. */
  readonly storage?: { readonly used: number; readonly allowed: number | undefined };
  /** Memory of the whole device, as far as the browser tells. */
  readonly memory?: number;
  readonly webgpu?: { readonly bufferBytes: number; readonly f16: boolean };
}

interface Format {
  /** Bits that a weight takes in the file, the scales of blocks counted in. */
  readonly bits: number;
  /** WASM heap after loading, per byte of the file. */
  readonly heap: number;
  /** Whether the graph computes in float16. */
  readonly f16?: true;
}

/**
 * fp32 takes 1.4 bytes of heap for each of its own. fp16 becomes fp32 at load, so twice that. int8 is
 * kept as int8 and packed: 2.4 (dynamic) to 3.8 (fused DequantizeLinear). 4-bit stays packed: 2.
 */
const int8: Format = { bits: 8, heap: 3.8 };
const int4: Format = { bits: 4.5, heap: 2 };
const formats: Readonly<Record<VariantDtype, Format>> = {
  fp32: { bits: 32, heap: 1.4 },
  fp16: { bits: 16, heap: 2.8, f16: true },
  q8: int8,
  int8,
  uint8: int8,
  q4: int4,
  q4f16: { ...int4, heap: 2.4, f16: true },
  bnb4: int4,
  q2: { bits: 2.5, heap: 2 },
  q2f16: { bits: 2.5, heap: 2.4, f16: true },
  q1: { bits: 1.5, heap: 2 },
  q1f16: { bits: 1.5, heap: 2.4, f16: true },
};

/** What 2.9 GB of float32 weights take, the most that was seen to load into WASM's 4 GiB. */
export const wasmLimit = 2_900_000_000 * 1.4;

/** Bytes that the weights take as float32, to which a first step `dequantize` would bring them. */
export const asFloat32 = (bytes: number, dtype: VariantDtype): number =>
  (bytes * 32) / formats[dtype].bits;

/** Judges one variant. */
export function forecast(
  variant: Pick<Variant, 'dtype' | 'bytes' | 'onnx' | 'external' | 'companions'>,
  around: Surroundings,
): Forecast {
  const files = [variant.onnx, ...variant.external, ...variant.companions].length;
  const weights = weightBytes(variant);
  const storage = judgeStorage(variant.bytes, around);
  const wasm = judgeWasm(weights, variant.dtype, around);
  const webgpu = around.webgpu && judgeWebgpu(weights, variant.dtype, around.webgpu);
  const device = webgpu && severity(webgpu) < severity(wasm) ? webgpu : wasm;
  return {
    bytes: variant.bytes,
    files,
    storage,
    wasm,
    ...(webgpu ? { webgpu } : {}),
    overall: severity(storage) > severity(device) ? storage : device,
  };
}

const severity = ({ fit }: Verdict): number => ['fits', 'tight', 'no'].indexOf(fit);

/** Of the .onnx and its external files: nearly all of it is weights. */
function weightBytes({ onnx, external }: Pick<Variant, 'onnx' | 'external'>): number | undefined {
  const sizes = [onnx, ...external].map(({ bytes }) => bytes);
  return sizes.every((size) => size !== undefined)
    ? sizes.reduce((sum, size) => sum + size, 0)
    : undefined;
}

/** Twice for a moment: the pieces as they arrived, and the model as the library keeps it. */
function judgeStorage(bytes: number | undefined, { storage }: Surroundings): Verdict {
  if (bytes === undefined) return { fit: 'tight', why: 'The server does not tell the size.' };
  if (storage?.allowed === undefined) {
    return { fit: 'fits', why: 'This browser does not tell how much room it has.' };
  }
  const left = Math.max(0, storage.allowed - storage.used);
  if (bytes > left) {
    return {
      fit: 'no',
      why: `${formatBytes(bytes)} to store and about ${formatBytes(left)} of room. Delete stored models first.`,
    };
  }
  if (2 * bytes > left) {
    return {
      fit: 'tight',
      why: `Until it is put together it needs ${formatBytes(2 * bytes)}, and about ${formatBytes(left)} are left.`,
    };
  }
  return { fit: 'fits', why: `About ${formatBytes(left)} of storage are left.` };
}

/** Whether weights of this many bytes will fit into WASM's memory. */
export function judgeWasm(
  weights: number | undefined,
  dtype: VariantDtype,
  { memory }: Surroundings,
): Verdict {
  if (weights === undefined)
    return { fit: 'tight', why: 'The size is not known before it is here.' };
  const heap = weights * formats[dtype].heap;
  const about = `about ${formatBytes(heap)} of memory on WASM`;
  if (heap > wasmLimit) {
    return { fit: 'no', why: `Needs ${about}, which has ${formatBytes(wasmLimit)} at most.` };
  }
  if (memory !== undefined && 2 * heap > memory) {
    return {
      fit: 'tight',
      why: `Original and compressed may need ${about} each; this device has ${formatBytes(memory)}.`,
    };
  }
  if (heap > 0.7 * wasmLimit) return { fit: 'tight', why: `Needs ${about}, close to its limit.` };
  return { fit: 'fits', why: `Needs ${about}.` };
}

function judgeWebgpu(
  weights: number | undefined,
  dtype: VariantDtype,
  { bufferBytes, f16 }: NonNullable<Surroundings['webgpu']>,
): Verdict {
  if (formats[dtype].f16 && !f16) {
    return { fit: 'no', why: 'This graphics adapter has no 16-bit floats, in which it computes.' };
  }
  if (weights === undefined)
    return { fit: 'tight', why: 'The size is not known before it is here.' };
  if (weights > bufferBytes) {
    return {
      fit: 'tight',
      why: `No weight may take more than ${formatBytes(bufferBytes)} on this graphics adapter; all take ${formatBytes(weights)}.`,
    };
  }
  return { fit: 'fits', why: `Needs about ${formatBytes(weights)} on the graphics adapter.` };
}

/** The variant to suggest: the one that was asked for, else the most exact `model` that fits. */
export function suggest<V extends Pick<Variant, 'path' | 'dtype' | 'component'>>(
  variants: readonly (readonly [V, Forecast])[],
  asked?: string,
): V | undefined {
  const named = variants.find(([{ path }]) => path === asked);
  if (named) return named[0];
  for (const fit of ['fits', 'tight'] as const) {
    const found = variants.find(([, { overall }]) => overall.fit === fit);
    if (found) return found[0];
  }
  return variants[0]?.[0];
}
