/** Runs one model file with one input on both devices of the browser, and says whether they agree. */
import { compareDevices, type DeviceAgreement } from '../core/evaluate/backend.ts';
import { randomFeeds } from '../core/evaluate/inputs.ts';
import type { Feeds, ModelFiles } from '../core/runtime.ts';
import { findDevices, openSide, type Side, type WebDevice } from './side.ts';

/** What came of a check; the sentence of `unable` says why there is nothing to compare. */
export type BackendCheck =
  | { readonly done: true; readonly agreement: DeviceAgreement; readonly random: boolean }
  | { readonly done: false; readonly unable: string };

export interface BackendCheckOptions {
  /** The newest input; a random one where there is none. */
  readonly feeds?: Feeds | undefined;
  /** Whether the model rounds its activations, which lets devices differ more. */
  readonly rounded?: boolean;
  readonly signal?: AbortSignal;
}

/** The device that a side does not run on. */
export const otherDevice = (device: WebDevice): WebDevice =>
  device === 'wasm' ? 'webgpu' : 'wasm';

/**
 * Opens the side's file on the other device, in a worker of its own that ends with the check, and runs
 * the same input on both. Errors: those of the side's own run; AbortError.
 */
export async function checkBackends(
  files: ModelFiles,
  side: Side,
  { feeds, rounded = false, signal }: BackendCheckOptions = {},
): Promise<BackendCheck> {
  const device = otherDevice(side.device);
  const { webgpu } = await findDevices();
  if (device === 'webgpu' && !webgpu.available) return { done: false, unable: webgpu.reason };
  const given = feeds ?? randomFeeds(await side.inputSpecs(), { seed: 0 });
  const { outputs: here } = await side.run(given);
  signal?.throwIfAborted();
  let other: Side | undefined;
  try {
    other = await openSide(files, device, signal ? { signal } : {});
    const { outputs: there } = await other.run(given);
    signal?.throwIfAborted();
    const agreement = compareDevices(here, there, { rounded });
    return { done: true, agreement, random: feeds === undefined };
  } catch (error) {
    signal?.throwIfAborted();
    return { done: false, unable: error instanceof Error ? error.message : String(error) };
  } finally {
    other?.close();
  }
}
