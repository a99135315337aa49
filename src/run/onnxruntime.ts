/**
 * The one onnxruntime of this worker: loaded at first use, its threads settled then, its memory given
 * back only when the worker ends.
 */
import type * as Ort from 'onnxruntime-web/webgpu';

import { RuntimeError } from '../core/errors.ts';
import { createTurns } from '../core/turns.ts';
import { watchHeap } from './heap.ts';

export type OnnxRuntime = typeof Ort;

let started: { readonly threads: number; readonly ort: Promise<OnnxRuntime> } | undefined;

/**
 * Loads onnxruntime with this many threads of the processor. Errors: RuntimeError where it can't be
 * loaded, or runs already with another number.
 */
export function startOnnxRuntime(threads: number): Promise<OnnxRuntime> {
  started ??= { threads, ort: load(threads) };
  if (started.threads !== threads) {
    throw new RuntimeError(
      `onnxruntime runs on ${started.threads} threads in this worker and can't change to ${threads}. Open the model in a new worker.`,
    );
  }
  return started.ort;
}

async function load(threads: number): Promise<OnnxRuntime> {
  watchHeap();
  const ort = await import('onnxruntime-web/webgpu').catch((error: unknown) => {
    throw new RuntimeError(
      'onnxruntime could not be loaded. Check that you are online, then reload the page.',
      { cause: error },
    );
  });
  // Workers lie one folder below the site's root, in development (workers/) and built (assets/).
  const folder = new URL('../ort/', self.location.href);
  const file = (extension: string) =>
    new URL(`ort-wasm-simd-threaded.asyncify.${extension}`, folder).href;
  ort.env.wasm.wasmPaths = { mjs: file('mjs'), wasm: file('wasm') };
  ort.env.wasm.numThreads = threads;
  // Errors come as exceptions; onnxruntime need not print them too.
  ort.env.logLevel = 'fatal';
  return ort;
}

/** onnxruntime-web can't do two things at once. */
export const inTurn = createTurns();
