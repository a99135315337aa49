/** Takes a stream apart into pieces that are stored one by one. */

export interface PieceOptions {
  /** Bytes in a piece; 8 MiB unless told. */
  readonly pieceBytes?: number;
  /** What has come is stored after so long at the latest, in milliseconds; 2 s unless told. */
  readonly pieceTime?: number;
}

/** The piece that is growing. */
export interface Piece {
  /** Bytes that are not stored yet. */
  readonly size: () => number;
  readonly add: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  /** Stores what there is. */
  readonly flush: () => Promise<void>;
}

/** Gathers what comes into pieces of one size, smaller ones where it comes slowly. Errors: those of `keep`. */
export function createPiece(
  { pieceBytes: most = 8 * 2 ** 20, pieceTime = 2000 }: PieceOptions,
  keep: (piece: Blob) => Promise<void>,
): Piece {
  let begun = performance.now();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    const piece = new Blob(parts);
    parts = [];
    size = 0;
    await keep(piece);
    begun = performance.now();
  };
  return {
    size: () => size,
    flush,
    async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + most - size);
        parts.push(part);
        size += part.length;
        at += part.length;
        if (size === most) await flush();
      }
      if (performance.now() - begun > pieceTime) await flush();
    },
  };
}
