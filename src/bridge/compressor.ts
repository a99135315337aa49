/** Compresses, inspects and measures models in a worker that is kept warm between jobs. */
import { proxy } from 'comlink';

import type { ModelFiles } from '../core/runtime.ts';
import type {
  CompressApi,
  CompressedFiles,
  InputSpec,
  Inspection,
  Ledger,
  Progress,
  Targets,
} from '../../workers/compress.worker.ts';
import { WarmWorker } from './warm-worker.ts';
import { createStepCache } from './step-cache.ts';

export type { CompressedFiles, InputSpec, Inspection, Ledger, Progress, Targets };

export interface CompressInWorkerOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

const workers = new WarmWorker<CompressApi>(
  () =>
    new Worker(new URL('../../workers/compress.worker.ts', import.meta.url), { type: 'module' }),
  (api) => api.cancel(),
);

const cache = createStepCache(2 ** 30);

/** SHA-256 of the models that were hashed already: hashing reads all of their bytes. */
const hashes = new WeakMap<Blob, { readonly external: readonly Blob[]; readonly sha256: string }>();

function knownHash({ onnx, external }: ModelFiles): string | undefined {
  const known = hashes.get(onnx);
  const same =
    known?.external.length === external.size &&
    [...external.values()].every((blob, at) => blob === known.external[at]);
  return same ? known.sha256 : undefined;
}

/**
 * Applies a recipe, plain JSON. Rejects at once when the signal is aborted; what still works is
 * stopped within a fifth of a second. Errors: RecipeError, ModelError, WorkerCrash, the signal's reason.
 */
export async function compressInWorker(
  files: ModelFiles,
  recipe: unknown,
  { signal, onProgress }: CompressInWorkerOptions = {},
): Promise<CompressedFiles> {
  const report = proxy((progress: Progress) => {
    if (!signal?.aborted) onProgress?.(progress);
  });
  const made = await workers.call(
    'compressing the model',
    (api) => api.compress(files, recipe, knownHash(files), report, proxy(cache)),
    signal,
  );
  hashes.set(files.onnx, { external: [...files.external.values()], sha256: made.sourceSha256 });
  return made;
}

/** What a model is made of. Errors: ModelError, WorkerCrash, the signal's reason. */
export const inspectInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Inspection> =>
  workers.call('reading the model', (api) => api.inspect(files), signal);

/** What a model's bytes are. Errors: as `inspectInWorker`. */
export const ledgerInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Ledger> =>
  workers.call('measuring the model', (api) => api.ledger(files), signal);

/** What random inputs need to know. Errors: ModelError for an input without a shape; as `inspectInWorker`. */
export const inputSpecsInWorker = (
  files: ModelFiles,
  signal?: AbortSignal,
): Promise<readonly InputSpec[]> =>
  workers.call('reading the inputs', (api) => api.inputSpecs(files), signal);

/** Keys of the weights that each technique can change. Errors: as `inspectInWorker`. */
export const targetsInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Targets> =>
  workers.call('reading the model', (api) => api.targets(files), signal);
