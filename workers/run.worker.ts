/**
 * Opens one model on one device and runs it. One model per worker: its memory goes with the worker.
 * The one exception is the scrubber, which shows many small variants under a moving finger: there
 * is no time to start a worker and a runtime for each, so they lie beside each other in slots of one
 * worker, and their memory goes with it when the visitor has done.
 */
import { transfer } from 'comlink';

import type { FormId, Support } from '../src/core/compress/realize/forms.ts';
import { probeForms, probeFormsFor } from '../src/core/compress/realize/probe.ts';
import { realize, type RealizedForm } from '../src/core/compress/realize/realize.ts';
import { residentBytes } from '../src/core/compress/realize/resident.ts';
import { RuntimeError } from '../src/core/errors.ts';
import { inputSpecsOf, type InputSpec } from '../src/core/evaluate/inputs.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import { inputsOf, outputsOf, type Signature } from '../src/core/onnx/signature.ts';
import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { Feeds, ModelFiles, Value } from '../src/core/runtime.ts';
import { detectDevices, type Devices, threadCount } from '../src/run/devices.ts';
import { heapBytes } from '../src/run/heap.ts';
import { webRuntime, type WebDevice, type WebRuntime } from '../src/run/web-runtime.ts';
import { loops } from '../src/tasks/loops/index.ts';
import type { Chunk, Loop, LoopId, Plan } from '../src/tasks/loops/loop.ts';
import { openLoopSession, type OpenLoopSession } from '../src/tasks/loops/session.ts';
import { serve } from './serve.ts';

export type { Devices, Support, WebDevice };

export interface OpenOptions {
  /** Threads of the processor; as many as suit the machine unless told. */
  readonly threads?: number;
  /** What another worker found out about the device, so that it is not tried again. */
  readonly support?: Support;
  /** Where it lies among the models of this worker; '' for a worker of one model. */
  readonly slot?: string;
}

/** An open model, before it has run. */
export interface Opened {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  /** How the device holds each quantized weight. */
  readonly forms: readonly RealizedForm[];
  /** What is known of the device now: what was handed in, and what this model needed besides. */
  readonly support: Support;
  readonly threads: number;
  /** From the files to the session, without the tries that `support` saves. */
  readonly loadMilliseconds: number;
  readonly heapBytes: number;
  /** Bytes that the device keeps of the weights: an estimate. */
  readonly residentBytes: number;
}

/** One run. `milliseconds` is the session's own time, without the way to this worker and back. */
export interface Run {
  readonly outputs: Readonly<Record<string, Value>>;
  readonly milliseconds: number;
}

/** A piece of a plan's work. `milliseconds` is the session's own time, as in `Run`. */
export interface Advanced {
  readonly chunks: readonly Chunk[];
  readonly done: boolean;
  readonly milliseconds: number;
}

interface Slot {
  readonly model: Model;
  readonly session: OpenLoopSession;
  readonly runtime: WebRuntime;
  /** The plan in hand. */
  going?: AsyncGenerator<Chunk, void> | undefined;
}

const slots = new Map<string, Slot>();
/** What forms are tried on. */
let probed: Promise<WebRuntime> | undefined;

function opened(slot: string): Slot {
  const found = slots.get(slot);
  if (found) return found;
  throw new RuntimeError('No model is open in this worker. Open one first.');
}

/** All models of a worker run on one device. */
function runtimeOf(device: WebDevice, threads: number): Promise<WebRuntime> | WebRuntime {
  const [first] = slots.values();
  return first?.runtime.device === device ? first.runtime : webRuntime(device, { threads });
}

const api = {
  devices: (): Promise<Devices> => detectDevices(),

  /** Reads a model, brings it into the form that suits the device, and makes a session. Errors: ModelError, RuntimeError. */
  async open(
    source: ModelFiles,
    device: WebDevice,
    { threads = threadCount(), support: known, slot = '' }: OpenOptions = {},
  ): Promise<Opened> {
    if (slots.has(slot)) {
      throw new RuntimeError('This worker has a model open. Start another for this one.');
    }
    const model = await readOnnx(source);
    const runtime = await runtimeOf(device, threads);
    const support = await probeFormsFor(model, runtime, known, () => performance.now());
    const start = performance.now();
    const suited = await realize(model, device, support);
    const [inputs, outputs] = [inputsOf(model), outputsOf(model)];
    const files = writeOnnx(suited.model);
    const session = await openLoopSession(runtime, files, { inputs, outputs }, suited.session);
    slots.set(slot, { model, session, runtime });
    return {
      inputs,
      outputs,
      forms: suited.forms,
      support,
      threads,
      loadMilliseconds: performance.now() - start,
      heapBytes: heapBytes(),
      residentBytes: residentBytes(suited, device),
    };
  },

  /** Runs once. Errors: RuntimeError that names the input or the operator at fault. */
  async run(feeds: Feeds, slot = ''): Promise<Run> {
    const { session } = opened(slot);
    const start = performance.now();
    const outputs = await session.run(feeds);
    const milliseconds = performance.now() - start;
    const buffers = Object.values(outputs).flatMap(({ data }) =>
      ArrayBuffer.isView(data) ? [data.buffer] : [],
    );
    return transfer({ outputs, milliseconds }, [...new Set(buffers)]);
  },

  /** Begins a plan, in place of the one before. */
  async begin(plan: Plan, slot = ''): Promise<void> {
    const own = opened(slot);
    await own.going?.return();
    const loop = loops[plan.loop] as Loop<LoopId>;
    own.going = loop(own.session, plan.request);
  },

  /** Goes on with the plan for about `budget` milliseconds, one chunk at least. Errors: RuntimeError. */
  async advance(budget: number, slot = ''): Promise<Advanced> {
    const { going } = opened(slot);
    const start = performance.now();
    const chunks: Chunk[] = [];
    let done = going === undefined;
    do {
      const next = await going?.next();
      if (!next || next.done) done = true;
      else chunks.push(next.value);
    } while (!done && performance.now() - start < budget);
    const milliseconds = performance.now() - start;
    // Rows of logits are large, and nothing here needs them any more.
    const rows = chunks.flatMap((chunk) =>
      'rank' in chunk && chunk.logits instanceof Float32Array ? [chunk.logits.buffer] : [],
    );
    return transfer({ chunks, done, milliseconds }, rows);
  },

  /** Ends the plan, done or not; what it holds on the device is freed. */
  async end(slot = ''): Promise<void> {
    const own = slots.get(slot);
    await own?.going?.return();
    if (own) own.going = undefined;
  },

  /** Closes one model of several; the heap keeps its size, and the next model takes the room. */
  async close(slot: string): Promise<void> {
    const own = slots.get(slot);
    slots.delete(slot);
    await own?.going?.return();
    await own?.session.release();
  },

  /** What random inputs need to know. Errors: ModelError for an input without a shape. */
  inputSpecs: (slot = ''): Promise<readonly InputSpec[]> => inputSpecsOf(opened(slot).model),

  /** Tries which forms of quantized weights the device computes rightly: those named, else all. */
  async probe(device: WebDevice, ids?: readonly FormId[]): Promise<Support> {
    probed ??= webRuntime(device, { threads: threadCount() });
    return probeForms(await probed, ids, () => performance.now());
  },

  /** Bytes of WebAssembly memory. They grow with what is opened and run, and never shrink. */
  memory: (): number => heapBytes(),

  /** Why the graphics device was lost; does not resolve before it is. */
  deviceLost: async (slot = ''): Promise<string> => (await opened(slot).runtime.lost).message,
};

export type RunApi = typeof api;
serve(api);
