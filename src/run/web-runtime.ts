/** Core's runtime on onnxruntime-web, for workers. */
import type { InferenceSession, Tensor } from 'onnxruntime-web/webgpu';

import { RuntimeError } from '../core/errors.ts';
import { inputsOf } from '../core/onnx/signature.ts';
import type { Model } from '../core/onnx/types.ts';
import type {
  Feeds,
  ModelFiles,
  Runtime,
  Session,
  SessionOptions,
  StatefulSession,
  StatefulSessionOptions,
  Value,
} from '../core/runtime.ts';
import { detectWebgpu, threadCount } from './devices.ts';
import { explainCreate, explainRun } from './explain.ts';
import { checkBorder, checkFeeds } from './feeds.ts';
import { inTurn, startOnnxRuntime, type OnnxRuntime } from './onnxruntime.ts';
import { heldTensor, splitOutputs, tensorOf } from './held.ts';
import { valuesOf } from './outputs.ts';
import { placeWeights, type PlacedModel } from './place-weights.ts';

export type WebDevice = 'wasm' | 'webgpu';

export interface WebRuntimeOptions {
  /** Threads of the processor, for every session of this worker; as many as suit the machine unless told. */
  readonly threads?: number;
}

export interface WebRuntime extends Runtime {
  readonly device: WebDevice;
  /** Resolves when the graphics device is lost, with what to tell the visitor. Runs fail from then on. */
  readonly lost: Promise<RuntimeError>;
}

/**
 * The runtime of this worker on a device; loads onnxruntime at the first call. Errors: RuntimeError
 * where it can't be loaded, the device is not there, or another number of threads was settled.
 */
export async function webRuntime(
  device: WebDevice,
  { threads = threadCount() }: WebRuntimeOptions = {},
): Promise<WebRuntime> {
  if (device === 'webgpu') {
    const found = await detectWebgpu();
    if (!found.available) throw new RuntimeError(`${found.reason} Choose WASM instead.`);
  }
  const ort = await startOnnxRuntime(threads);
  const loss = new DeviceLoss();
  return {
    device,
    lost: loss.promise,
    async createSession(files, options = {}) {
      await startOnnxRuntime(options.threads ?? threads);
      const session = await createSession(ort, device, files, options, loss);
      if (device === 'webgpu') void loss.watch(ort);
      return session;
    },
    async createStatefulSession(files, options) {
      await startOnnxRuntime(options.threads ?? threads);
      const session = await createStatefulSession(ort, device, files, options, loss);
      if (device === 'webgpu') void loss.watch(ort);
      return session;
    },
  };
}

async function createSession(
  ort: OnnxRuntime,
  device: WebDevice,
  files: ModelFiles,
  options: SessionOptions,
  loss: DeviceLoss,
): Promise<Session> {
  const placed = await placeWeights(files);
  const inputs = inputsOf(placed.model);
  const session = await inTurn(() => load(ort, device, placed, options));
  return {
    inputNames: inputs.map(({ name }) => name),
    outputNames: session.outputNames,
    async run(feeds) {
      checkFeeds(inputs, feeds);
      return inTurn(() => {
        if (loss.error) throw loss.error;
        return run(ort, session, feeds, placed.model);
      });
    },
    release: () => inTurn(() => session.release()),
  };
}

/** State goes round as onnxruntime's own tensors: in graphics memory on WebGPU, in the heap on WASM. */
async function createStatefulSession(
  ort: OnnxRuntime,
  device: WebDevice,
  files: ModelFiles,
  { hold, ...options }: StatefulSessionOptions,
  loss: DeviceLoss,
): Promise<StatefulSession> {
  const placed = await placeWeights(files);
  const inputs = inputsOf(placed.model);
  const locations = device === 'webgpu' ? hold : [];
  const session = await inTurn(() => load(ort, device, placed, options, locations));
  return {
    async step(feeds, held) {
      checkFeeds(
        inputs.filter(({ name }) => !Object.hasOwn(held, name)),
        feeds,
      );
      return inTurn(async () => {
        if (loss.error) throw loss.error;
        try {
          const kept = Object.entries(held).map(
            ([name, value]) => [name, tensorOf(value) as Tensor] as const,
          );
          const all = { ...tensorsOf(ort, feeds), ...Object.fromEntries(kept) };
          return splitOutputs(await session.run(all), hold);
        } catch (error) {
          throw explainRun(error, placed.model);
        }
      });
    },
    hold: ({ dtype, dims, data }) => heldTensor(new ort.Tensor(dtype as Tensor.Type, data, dims)),
    release: () => inTurn(() => session.release()),
  };
}

async function load(
  ort: OnnxRuntime,
  device: WebDevice,
  { model, onnx, external, weightBytes }: PlacedModel,
  { foldDequantize }: SessionOptions,
  held: readonly string[] = [],
): Promise<InferenceSession> {
  try {
    const session = await ort.InferenceSession.create(new Uint8Array(await onnx.arrayBuffer()), {
      executionProviders: [device],
      logSeverityLevel: 4,
      // Blobs, which onnxruntime reads one by one into its heap: no copy stays in this worker's.
      externalData: [...external].map(([path, data]) => ({ path, data })),
      ...(held.length > 0
        ? {
            preferredOutputLocation: Object.fromEntries(
              held.map((name) => [name, 'gpu-buffer'] as const),
            ),
          }
        : {}),
      ...(foldDequantize ? { extra: { session: { disable_quant_qdq: '1' } } } : {}),
    });
    checkBorder([...session.inputMetadata, ...session.outputMetadata]);
    return session;
  } catch (error) {
    throw explainCreate(error, model, weightBytes);
  }
}

async function run(
  ort: OnnxRuntime,
  session: InferenceSession,
  feeds: Feeds,
  model: Model,
): Promise<Record<string, Value>> {
  try {
    return valuesOf(await session.run(tensorsOf(ort, feeds)));
  } catch (error) {
    throw explainRun(error, model);
  }
}

function tensorsOf(ort: OnnxRuntime, feeds: Feeds): Record<string, Tensor> {
  const tensors = Object.entries(feeds).map(([name, { dtype, dims, data }]) => {
    return [name, new ort.Tensor(dtype as Tensor.Type, data, dims)] as const;
  });
  return Object.fromEntries(tensors);
}

/** Notices that the graphics device is gone: its driver was restarted, or its memory ran out. */
class DeviceLoss {
  error: RuntimeError | undefined;
  readonly promise: Promise<RuntimeError>;
  private resolve: (error: RuntimeError) => void = () => undefined;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  async watch(ort: OnnxRuntime): Promise<void> {
    // onnxruntime's type says that this is a promise; what it gives is the device itself.
    const device = await ort.env.webgpu.device;
    const { reason } = await device.lost;
    // What was destroyed was destroyed here.
    if (reason === 'destroyed') return;
    this.error ??= new RuntimeError(
      'The graphics device was lost: its driver was restarted, or its memory ran out. Open the model again, or choose WASM.',
    );
    this.resolve(this.error);
  }
}
