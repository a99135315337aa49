/** Token ids of several texts as the inputs of an encoder. */
import type { Feeds, Value } from '../../core/runtime.ts';
import { pieceIds } from './word-piece.ts';

/** `input_ids` and `attention_mask`, both int64 [texts, length]: short texts are padded, long ones cut before their last token. */
export function tokenRows(rows: readonly (readonly number[])[], length: number): Feeds {
  const ids = new BigInt64Array(rows.length * length).fill(BigInt(pieceIds.pad));
  const mask = new BigInt64Array(rows.length * length);
  rows.forEach((row, at) => {
    const kept = row.length > length ? [...row.slice(0, length - 1), row.at(-1)!] : row;
    kept.forEach((id, place) => {
      ids[at * length + place] = BigInt(id);
      mask[at * length + place] = 1n;
    });
  });
  const dims = [rows.length, length];
  return { input_ids: integers(dims, ids), attention_mask: integers(dims, mask) };
}

/** Whole numbers as an int64 value. */
export function integers(dims: readonly number[], data: BigInt64Array): Value {
  return { dtype: 'int64', dims, data };
}
