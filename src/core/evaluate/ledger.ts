/** The size ledger: where a model's bytes lie, and what they come to stored, coded and as float32. */
import { codedSize } from '../coding/coded-file.ts';
import { partsOf } from '../coding/coded-mark.ts';
import { externalReference } from '../onnx/external.ts';
import { countParameters } from '../onnx/parameters.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import type { Model, Tensor } from '../onnx/types.ts';
import { tensorsOf } from '../onnx/walk.ts';
import type { Device, ModelFiles } from '../runtime.ts';
import { rolesOf, type PartRole } from './roles.ts';

/** One line of the ledger. */
export interface Part {
  readonly role: PartRole;
  /** Tensors; 0 for the structure. */
  readonly count: number;
  readonly bytes: number;
}

/** Sizes in bytes. The parts add up to `stored`. */
export interface Ledger {
  /** The largest first. */
  readonly parts: readonly Part[];
  /** The files as they are. */
  readonly stored: number;
  /** One coded file of them, the same on every machine; absent where nobody asked. */
  readonly coded?: number;
  /** What the parameters would take as float32. */
  readonly float32Equivalent: number;
  /** Numbers that were learned, however they are stored; scales are none. */
  readonly parameters: number;
  /** What the weights take in memory per device, where it was estimated. */
  readonly resident?: Readonly<Partial<Record<Device, number>>>;
}

export interface LedgerOptions {
  /** Code the files for their `coded` size, which takes as long as writing the coded file. */
  readonly code?: boolean;
  readonly signal?: AbortSignal;
}

/** The ledger of a model and the files that it was read from. Errors: ModelError for a damaged model, the signal's reason. */
export async function ledgerOf(
  model: Model,
  files: ModelFiles,
  { code = true, signal }: LedgerOptions = {},
): Promise<Ledger> {
  const stored = [files.onnx, ...files.external.values()].reduce((sum, { size }) => sum + size, 0);
  const parameters = countParameters(model);
  return {
    parts: linesOf(model, stored),
    stored,
    ...(code ? { coded: await codedBytes(files, signal) } : {}),
    float32Equivalent: 4 * parameters,
    parameters,
  };
}

/** Bytes of the coded file of a model. Streams: memory stays small. Errors: the signal's reason. */
export const codedBytes = (files: ModelFiles, signal?: AbortSignal): Promise<number> =>
  codedSize(partsOf('model.onnx', files), signal ? { signal } : {});

/** Bytes of all files deflated (zlib's level 6, as in a zip archive). Streams: memory stays small. */
export async function zippedSize(files: ModelFiles, signal?: AbortSignal): Promise<number> {
  let size = 0;
  for (const file of [files.onnx, ...files.external.values()]) {
    const deflated = file.stream().pipeThrough(new CompressionStream('deflate-raw')).getReader();
    for (let next = await deflated.read(); !next.done; next = await deflated.read()) {
      size += next.value.byteLength;
      if (signal?.aborted) await deflated.cancel(signal.reason);
      signal?.throwIfAborted();
    }
  }
  return size;
}

/** Tensor by tensor; what is left of the files is structure. */
function linesOf(model: Model, stored: number): Part[] {
  const roles = rolesOf(model);
  const own = externalShares(model);
  const parts = new Map<PartRole, { count: number; bytes: number }>();
  let rest = stored;
  for (const tensor of new Set(tensorsOf(model))) {
    const role = roles.get(tensor) ?? 'other-tensors';
    const part = parts.get(role) ?? { count: 0, bytes: 0 };
    const bytes = own.get(tensor) ?? sizeInFile(tensor);
    parts.set(role, { count: part.count + 1, bytes: part.bytes + bytes });
    rest -= bytes;
  }
  parts.set('structure', { count: 0, bytes: rest });
  return [...parts]
    .map(([role, { count, bytes }]) => ({ role, count, bytes }))
    .sort((a, b) => b.bytes - a.bytes);
}

/** The bytes of each external tensor that no tensor before it holds already: tied weights share theirs. */
export function externalShares(model: Model): Map<Tensor, number> {
  const ranges = [...new Set(tensorsOf(model))].flatMap((tensor) => {
    if (!tensor.externalBytes) return [];
    const { location, offset } = externalReference(tensor);
    return [{ tensor, location, offset, end: offset + tensor.externalBytes.size }];
  });
  ranges.sort((a, b) =>
    a.location < b.location ? -1 : a.location > b.location ? 1 : a.offset - b.offset,
  );
  const shares = new Map<Tensor, number>();
  let [covered, file] = [0, ''];
  for (const { tensor, location, offset, end } of ranges) {
    if (location !== file) [covered, file] = [0, location];
    shares.set(tensor, Math.max(0, end - Math.max(offset, covered)));
    covered = Math.max(covered, end);
  }
  return shares;
}
