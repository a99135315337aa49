/** Gathers bytes into Blobs of a good size, which the platform may keep elsewhere than in the heap. */

const portion = 2 ** 23;

export class Portions {
  private readonly blobs: Blob[] = [];
  private pieces: Uint8Array<ArrayBuffer>[] = [];
  private size = 0;

  /** The bytes must not change until `done`. */
  add(piece: Uint8Array<ArrayBuffer>): void {
    this.pieces.push(piece);
    this.size += piece.length;
    if (this.size >= portion) this.flush();
  }

  done(): Blob {
    this.flush();
    return new Blob(this.blobs);
  }

  private flush(): void {
    this.blobs.push(new Blob(this.pieces));
    this.pieces = [];
    this.size = 0;
  }
}
