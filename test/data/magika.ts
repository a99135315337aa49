/** The inputs of the file-type classifier magika: the first and last bytes of a file, as its config says. */
import type { Value } from '../../src/core/runtime.ts';

export interface MagikaConfig {
  readonly beg_size: number;
  readonly end_size: number;
  /** How much of either end is looked at before spaces are stripped. */
  readonly block_size: number;
  /** Stands where a file has no bytes. */
  readonly padding_token: number;
}

const spaces = new Set(Array.from(' \t\n\r\v\f', (character) => character.charCodeAt(0)));

/** The first bytes after leading spaces and the last bytes before trailing ones, padded. */
export function magikaFeatures(
  content: Uint8Array,
  { beg_size, end_size, block_size, padding_token }: MagikaConfig,
): { readonly beg: number[]; readonly end: number[] } {
  const head = Array.from(content.subarray(0, block_size));
  const tail = Array.from(content.subarray(Math.max(0, content.length - block_size)));
  const first = head.findIndex((byte) => !spaces.has(byte));
  const last = tail.findLastIndex((byte) => !spaces.has(byte));
  const beg = first < 0 ? [] : head.slice(first, first + beg_size);
  const end = tail.slice(Math.max(0, last + 1 - end_size), last + 1);
  const padding = (length: number): number[] => new Array<number>(length).fill(padding_token);
  return {
    beg: [...beg, ...padding(beg_size - beg.length)],
    end: [...padding(end_size - end.length), ...end],
  };
}

/** The one input `bytes` for a file's content. */
export function magikaInput(content: Uint8Array, config: MagikaConfig): Value {
  const { beg, end } = magikaFeatures(content, config);
  const data = Int32Array.from([...beg, ...end]);
  return { dtype: 'int32', dims: [1, data.length], data };
}
