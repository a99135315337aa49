/** Compares stored tensors piece by piece, so that neither lies in the heap whole. */
import { piecesOf } from '../onnx/bytes.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import { byteLength, loadBytes, storedBytes } from '../onnx/tensor.ts';
import type { Bytes, Tensor } from '../onnx/types.ts';

/** Whether two tensors are of one type and shape. */
export const alikeInForm = (a: Tensor, b: Tensor): boolean =>
  a.dtype === b.dtype &&
  a.dims.length === b.dims.length &&
  a.dims.every((dim, at) => dim === b.dims[at]);

/**
 * How many bytes of two tensors are equal, place by place; undefined where they differ in size or hold
 * text. `firstOnly` stops at the first that differs. Errors: ModelError, the signal's reason.
 */
export async function equalBytes(
  a: Tensor,
  b: Tensor,
  {
    firstOnly = false,
    signal,
  }: { readonly firstOnly?: boolean; readonly signal?: AbortSignal } = {},
): Promise<number | undefined> {
  if (a.dtype === 'string' || b.dtype === 'string') return undefined;
  const size = byteLength(a);
  if (size !== byteLength(b)) return undefined;
  if (a === b) return size;
  const [left, right] = [await bytesOf(a), await bytesOf(b)];
  if (left === right) return size;
  const others = piecesOf(right);
  let equal = 0;
  for await (const piece of piecesOf(left)) {
    signal?.throwIfAborted();
    const { value: other } = await others.next();
    if (!other) break;
    const same = countEqual(piece, other);
    equal += same;
    if (firstOnly && same < piece.length) break;
  }
  return equal;
}

const bytesOf = async (tensor: Tensor): Promise<Bytes> =>
  storedBytes(tensor) ?? (await loadBytes(tensor));

function countEqual(a: Uint8Array, b: Uint8Array): number {
  let equal = 0;
  for (let at = 0; at < a.length; at++) if (a[at] === b[at]) equal++;
  return equal;
}

/** Whether two lists of tensors hold the same; those beyond `budget` bytes in all count as equal unread. */
export class ValueComparison {
  /** Bytes that were not compared. */
  unread = 0;
  #budget: number;

  constructor(budget: number) {
    this.#budget = budget;
  }

  async same(
    a: readonly (Tensor | undefined)[],
    b: readonly (Tensor | undefined)[],
  ): Promise<boolean> {
    for (const [index, left] of a.entries()) {
      const right = b[index];
      if (!left || !right || left === right) continue;
      const bytes = sizeInFile(left);
      if (bytes > this.#budget) {
        this.unread += bytes;
        continue;
      }
      this.#budget -= bytes;
      if ((await equalBytes(left, right, { firstOnly: true })) !== byteLength(left)) return false;
    }
    return true;
  }
}
