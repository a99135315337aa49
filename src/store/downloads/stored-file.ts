/** A downloaded file as it lies in the storage: a piece after the other. */
import { StoreError } from '../errors.ts';
import { pieceKey, type DownloadFile, type DownloadStorage } from './record.ts';

/** A file as it lies in the storage: nothing is read. Errors: StoreError where a piece is gone. */
export async function storedFile(
  storage: Pick<DownloadStorage, 'pieces'>,
  key: string,
  { path, stored }: Pick<DownloadFile, 'path' | 'stored'>,
): Promise<Blob> {
  const indices = Array.from({ length: stored.pieces }, (_, index) => index);
  const pieces = await Promise.all(
    indices.map((index) => storage.pieces.get(pieceKey(key, path, index))),
  );
  const found = pieces.filter((piece) => piece !== undefined);
  const whole = new Blob(found);
  if (whole.size === stored.bytes) return whole;
  throw new StoreError(
    `A part of "${path}" is gone from this browser's storage. Cancel the download and begin it again.`,
  );
}
