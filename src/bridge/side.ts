/** One side of the comparison: a model that is open in a worker of its own. */
import { formIds, forms, type FormId } from '../core/compress/realize/forms.ts';
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Feeds, ModelFiles } from '../core/runtime.ts';
import type { Plan } from '../tasks/loops/loop.ts';
import type {
  Advanced,
  Devices,
  Opened,
  Run,
  RunApi,
  Support,
  WebDevice,
} from '../../workers/run.worker.ts';
import { ahead } from './calm.ts';
import { WorkerCrash } from './errors.ts';
import { inWorker } from './in-worker.ts';
import { startWorker, type LiveWorker } from './live-worker.ts';
import { behind, inFront } from './turns.ts';

export type { Advanced, Devices, Opened, Run, Support, WebDevice };

export interface OpenSideOptions {
  readonly signal?: AbortSignal;
  /** Threads of the processor; as many as suit the machine unless told. */
  readonly threads?: number;
  /** Runs only where the visitor's runs pause: for what goes on behind. */
  readonly behind?: boolean;
}

export interface Side extends Opened {
  readonly device: WebDevice;
  /** Runs once, when no other side runs. Errors: RuntimeError, WorkerCrash; AbortError after `close`. */
  run(feeds: Feeds): Promise<Run>;
  /** Begins a plan, in place of the one before. Errors: as `run`. */
  begin(plan: Plan): Promise<void>;
  /** Goes on with the plan for about so many milliseconds, one chunk at least. Errors: as `run`. */
  advance(milliseconds: number): Promise<Advanced>;
  /** Ends the plan, done or not; what it holds on the device is freed. */
  end(): Promise<void>;
  /** What random inputs need to know. Errors: ModelError for an input without a shape. */
  inputSpecs(): Promise<readonly InputSpec[]>;
  /** Bytes of the worker's WebAssembly memory. */
  memory(): Promise<number>;
  /** Resolves with what to tell the visitor when the worker dies or its graphics device is lost; never after `close`. */
  readonly lost: Promise<string>;
  /** Ends the worker; its memory comes back. */
  close(): void;
}

const spawn = (): Worker =>
  new Worker(new URL('../../workers/run.worker.ts', import.meta.url), { type: 'module' });

/** What was found out about each device, for as long as the page lives. */
const supports = new Map<WebDevice, Support>();

/** Where a model is opened: a worker, and a slot of it. */
export interface Place {
  readonly worker: LiveWorker<RunApi>;
  readonly slot: string;
  /** Gives the place back. */
  close(): void;
}

/** A worker that models can be opened in. */
export const startRunWorker = (): LiveWorker<RunApi> => startWorker<RunApi>(spawn);

/**
 * Opens a model on a device, in a worker and an onnxruntime of its own. Errors: ModelError,
 * RuntimeError (no such device, not enough memory …), WorkerCrash, the signal's reason.
 */
export async function openSide(
  files: ModelFiles,
  device: WebDevice,
  options: OpenSideOptions = {},
): Promise<Side> {
  options.signal?.throwIfAborted();
  const worker = startRunWorker();
  const place = { worker, slot: '', close: () => worker.end() };
  const open = (): Promise<Side> => openIn(place, files, device, options);
  try {
    return await (options.behind ? open() : ahead(open));
  } catch (error) {
    worker.end();
    throw error;
  }
}

/** Opens a model in a slot of a worker, which goes on whatever comes of it. Errors: as `openSide`. */
export async function openIn(
  place: Place,
  files: ModelFiles,
  device: WebDevice,
  { signal, threads, behind: isBehind = false }: OpenSideOptions = {},
): Promise<Side> {
  const { worker, slot } = place;
  const support = supports.get(device);
  const options = {
    slot,
    ...(threads === undefined ? {} : { threads }),
    ...(support ? { support } : {}),
  };
  const doing = `opening the model on ${names[device]}`;
  const opened = await worker.call(doing, (api) => api.open(files, device, options), signal);
  supports.set(device, { ...supports.get(device), ...opened.support });
  return sideOf(place, opened, device, isBehind ? behind : inFront);
}

function sideOf(place: Place, opened: Opened, device: WebDevice, inTurn: typeof inFront): Side {
  const { worker, slot } = place;
  const doing = `running the model on ${names[device]}`;
  return {
    ...opened,
    device,
    run: (feeds) => inTurn(() => worker.call(doing, (api) => api.run(feeds, slot))),
    begin: (plan) => inTurn(() => worker.call(doing, (api) => api.begin(plan, slot))),
    advance: (milliseconds) =>
      inTurn(() => worker.call(doing, (api) => api.advance(milliseconds, slot))),
    end: () => inTurn(() => worker.call(doing, (api) => api.end(slot))),
    inputSpecs: () => worker.call('reading the inputs', (api) => api.inputSpecs(slot)),
    memory: () => worker.call('measuring memory', (api) => api.memory()),
    lost: whenLost(worker.call(doing, (api) => api.deviceLost(slot))),
    close: () => place.close(),
  };
}

const names: Readonly<Record<WebDevice, string>> = { wasm: 'WASM', webgpu: 'WebGPU' };

/** The call that waits for the device fails when the worker dies, so it sees both. */
function whenLost(deviceLost: Promise<string>): Promise<string> {
  return new Promise((resolve) => {
    deviceLost.then(resolve, (error: unknown) => {
      if (error instanceof WorkerCrash) resolve(error.message);
    });
  });
}

function isAvoided(id: FormId, device: WebDevice): boolean {
  const { avoid }: { readonly avoid: Readonly<Partial<Record<WebDevice, string>>> } = forms[id];
  return avoid[device] !== undefined;
}

export interface ProbeOptions {
  readonly signal: AbortSignal;
  /** Before each form, and after the last: how many of how many, and what is known so far. */
  readonly onProgress: (done: number, total: number, support: Support) => void;
}

/**
 * Tries on a device every form that quantized weights can take and that it should not avoid anyway, in
 * a worker of its own. What was found stays. Errors: RuntimeError for a device that there is not,
 * WorkerCrash, the signal's reason.
 */
export async function probeDevice(
  device: WebDevice,
  { signal, onProgress }: ProbeOptions,
): Promise<Support> {
  const worker = startWorker<RunApi>(spawn);
  const known = (): Support => supports.get(device) ?? {};
  const ids = formIds.filter((id) => !isAvoided(id, device));
  const doing = `trying what ${names[device]} computes`;
  try {
    for (const [done, id] of ids.entries()) {
      onProgress(done, ids.length, known());
      if (known()[id]) continue;
      const one = await inFront(() => worker.call(doing, (api) => api.probe(device, [id]), signal));
      supports.set(device, { ...known(), ...one });
    }
    onProgress(ids.length, ids.length, known());
    return known();
  } finally {
    worker.end();
  }
}

let found: Promise<Devices> | undefined;

/** What models can run on here, asked in a worker, once. Errors: WorkerCrash. */
export function findDevices(): Promise<Devices> {
  found ??= inWorker<RunApi, Devices>(spawn, 'looking for devices', undefined, (api) =>
    api.devices(),
  ).catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}
