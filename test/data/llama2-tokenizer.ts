/**
 * The tokenizer of llama2.c: a vocabulary with scores, and byte-pair merges chosen greedily by score.
 * File: int32 longest token; then for each token float32 score, int32 length, UTF-8 bytes.
 */

export interface Tokenizer {
  readonly tokens: readonly string[];
  readonly scores: readonly number[];
  readonly ids: ReadonlyMap<string, number>;
}

/** Begins every text. */
export const bos = 1;
/** Bytes that are no token of their own follow <unk>, BOS and EOS. */
const firstByte = 3;

export function readTokenizer(bytes: Uint8Array): Tokenizer {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tokens: string[] = [];
  const scores: number[] = [];
  for (let at = 4; at < bytes.length;) {
    const length = view.getInt32(at + 4, true);
    scores.push(view.getFloat32(at, true));
    tokens.push(new TextDecoder().decode(bytes.subarray(at + 8, at + 8 + length)));
    at += 8 + length;
  }
  const ids = new Map<string, number>();
  tokens.forEach((token, id) => {
    if (!ids.has(token)) ids.set(token, id);
  });
  return { tokens, scores, ids };
}

/** Token ids of a text, BOS and the space that stands before every text included. */
export function encodeText({ tokens, scores, ids }: Tokenizer, text: string): number[] {
  const bytesOf = (character: string): number[] =>
    Array.from(new TextEncoder().encode(character), (byte) => byte + firstByte);
  const list = Array.from(` ${text}`).flatMap((character) => {
    const id = ids.get(character);
    return id === undefined ? bytesOf(character) : [id];
  });
  for (;;) {
    let best = { at: -1, id: -1, score: -Infinity };
    for (let at = 0; at + 1 < list.length; at++) {
      const id = ids.get(tokens[list[at]!]! + tokens[list[at + 1]!]!);
      if (id !== undefined && scores[id]! > best.score) best = { at, id, score: scores[id]! };
    }
    if (best.at < 0) return [bos, ...list];
    list.splice(best.at, 2, best.id);
  }
}
