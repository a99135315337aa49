/** Compresses, inspects and measures models in a worker that is kept warm between jobs. */
import { proxy } from 'comlink';

import type { SensitivityCell } from '../core/compress/search.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type {
  CodedModel,
  CodedPart,
  CompressApi,
  CompressedFiles,
  Export,
  ExportInput,
  InputSpec,
  Inspection,
  Ledger,
  Mixture,
  Progress,
  Targets,
} from '../../workers/compress.worker.ts';
import { createAside } from './calm.ts';
import { identityOf, sharedSteps } from './shared-steps.ts';
import { WarmWorker } from './warm-worker.ts';

export type {
  CodedModel,
  CodedPart,
  CompressedFiles,
  Export,
  ExportInput,
  InputSpec,
  Inspection,
  Ledger,
  Mixture,
  Progress,
  Targets,
};

export interface CompressInWorkerOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

const workers = new WarmWorker<CompressApi>(
  () =>
    new Worker(new URL('../../workers/compress.worker.ts', import.meta.url), { type: 'module' }),
  (api) => api.cancel(),
);

/** What the page tells beside the outputs, and what takes as long as reading all bytes. */
const quick = createAside(1000);
const slow = createAside(6000);

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
  return workers.call(
    'compressing the model',
    (api) => api.compress(files, recipe, identityOf(files), report, proxy(sharedSteps)),
    signal,
  );
}

/** What a model is made of. Errors: ModelError, WorkerCrash, the signal's reason. */
export const inspectInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Inspection> =>
  workers.call('reading the model', (api) => api.inspect(files), signal);

/** Where a model's bytes lie, without the coded size, once nothing more urgent goes on. Errors: as `inspectInWorker`. */
export const ledgerInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Ledger> =>
  quick(() => workers.call('measuring the model', (api) => api.ledger(files), signal), signal);

/** What a model's files come to coded, in bytes, once the page is calm; takes as long as coding them. Errors: as `inspectInWorker`. */
export const codedBytesInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<number> =>
  slow(() => workers.call('coding the model', (api) => api.codedBytes(files), signal), signal);

/** What random inputs need to know. Errors: ModelError for an input without a shape; as `inspectInWorker`. */
export const inputSpecsInWorker = (
  files: ModelFiles,
  signal?: AbortSignal,
): Promise<readonly InputSpec[]> =>
  workers.call('reading the inputs', (api) => api.inputSpecs(files), signal);

/** Keys of the weights that each technique can change, once nothing more urgent goes on. Errors: as `inspectInWorker`. */
export const targetsInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Targets> =>
  quick(() => workers.call('reading the model', (api) => api.targets(files), signal), signal);

/** The best mixtures of a table of sensitivity, the smallest first, without a run. Errors: WorkerCrash, the signal's reason. */
export const mixturesInWorker = (
  rows: readonly (readonly SensitivityCell[])[],
  signal?: AbortSignal,
): Promise<readonly Mixture[]> =>
  workers.call('weighing bytes against losses', (api) => api.mixtures(rows), signal);

/** A folder that transformers.js loads. Errors: as `inspectInWorker`. */
export const exportFolderInWorker = (input: ExportInput, signal?: AbortSignal): Promise<Export> =>
  workers.call('laying out the export', (api) => api.exportFolder(input), signal);

/** The model with all weights in one file. Errors: ModelError for 2 GB or more; as `inspectInWorker`. */
export const exportSingleInWorker = (files: ModelFiles, signal?: AbortSignal): Promise<Blob> =>
  workers.call('putting the weights into one file', (api) => api.exportSingle(files), signal);

/** Files as one coded file; `beside` are known to them and not in it. Errors: as `inspectInWorker`. */
export const encodeInWorker = (
  parts: readonly CodedPart[],
  beside: readonly CodedPart[] = [],
  signal?: AbortSignal,
): Promise<Blob> => workers.call('coding files', (api) => api.encode(parts, beside), signal);

/** The files of a coded file. Errors: ModelError, WorkerCrash. */
export const decodeInWorker = (file: Blob): Promise<readonly CodedPart[]> =>
  workers.call('decoding files', (api) => api.decode(file));

/** The model in a coded file; undefined for other files. Errors: as `decodeInWorker`. */
export const decodeModelInWorker = (file: Blob): Promise<CodedModel | undefined> =>
  workers.call('decoding the model', (api) => api.decodeModel(file));
