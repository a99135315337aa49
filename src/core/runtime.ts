/**
 * What core needs of a runtime. `src/run` implements it on onnxruntime-web, `src/node` on
 * onnxruntime-node; tests may implement it by hand.
 */
import type { Dtype } from './onnx/types.ts';

export type Device = 'wasm' | 'webgpu' | 'cpu';

/** A tensor in the runtime: row-major values. float16 travels as its bits (Uint16Array). */
export interface Value {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly data: ValueData;
}
export type ValueData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

export type Feeds = Readonly<Record<string, Value>>;

/** The bytes of a model as a runtime takes them: the .onnx and the files its tensors point into. */
export interface ModelFiles {
  readonly onnx: Blob;
  /** By the `location` that the tensors name. */
  readonly external: ReadonlyMap<string, Blob>;
}

export interface SessionOptions {
  /** Constant-fold DequantizeLinear on weights to float32 at load (`session.disable_quant_qdq`). */
  readonly foldDequantize?: boolean;
  /** Intra-op threads; 1 where the page is not isolated. */
  readonly threads?: number;
}

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Run once. Errors: RuntimeError that names the input or the operator at fault. */
  run(feeds: Feeds): Promise<Record<string, Value>>;
  release(): Promise<void>;
}

/** A value that stays where a session computed it, to go into its next run. */
export interface HeldValue {
  readonly dims: readonly number[];
  read(): Promise<Value>;
  /** Frees its memory. */
  release(): void;
}

/** A session whose state goes round on the device: some outputs of a run are inputs of the next. */
export interface StatefulSession {
  /** Runs once. The outputs that were named in `hold` stay; the others are read. Errors: RuntimeError. */
  step(
    feeds: Feeds,
    held: Readonly<Record<string, HeldValue>>,
  ): Promise<{
    readonly outputs: Record<string, Value>;
    readonly held: Record<string, HeldValue>;
  }>;
  /** Brings a value to where the session takes it from. */
  hold(value: Value): HeldValue;
  release(): Promise<void>;
}

export interface StatefulSessionOptions extends SessionOptions {
  /** Outputs that stay on the device. */
  readonly hold: readonly string[];
}

export interface Runtime {
  readonly device: Device;
  readonly createSession: (files: ModelFiles, options?: SessionOptions) => Promise<Session>;
  /** Absent where the runtime can only infer. */
  readonly createStatefulSession?: (
    files: ModelFiles,
    options: StatefulSessionOptions,
  ) => Promise<StatefulSession>;
}
