/** Files that lie in the storage in fewer bytes than they have. */
import { isCodedFile, type CodedPart } from '../core/coding/coded-mark.ts';
import type { CodedModel } from '../core/coding/coded-model.ts';
import { StoreError } from './errors.ts';

/** Codes and decodes; the page has it done by a worker. */
export interface Codec {
  /** One part as a coded file; what lies beside it says where its numbers are. */
  encode(part: CodedPart, beside: readonly CodedPart[]): Promise<Blob>;
  /** Errors: ModelError for a damaged file. */
  decode(file: Blob): Promise<readonly CodedPart[]>;
  /** The model in a coded file; undefined for other files. Errors: ModelError. */
  model(file: Blob): Promise<CodedModel | undefined>;
}

/** Does it where the caller is; the code is loaded when it is needed. */
export const localCodec: Codec = {
  async encode(part, beside) {
    const { encodeParts } = await import('../core/coding/coded-file.ts');
    return encodeParts([part], { beside });
  },
  async decode(file) {
    const { decodeParts } = await import('../core/coding/coded-file.ts');
    return decodeParts(file);
  },
  async model(file) {
    const { decodeModel } = await import('../core/coding/coded-model.ts');
    return decodeModel(file);
  },
};

/** Smaller files gain nothing that anybody would notice. */
const least = 4096;
/** What coding must leave of a file to be worth the time of opening it. */
const worth = 0.95;

/** The file as it is to be stored: coded where that pays. */
export async function packed(
  codec: Codec,
  part: CodedPart,
  beside: readonly CodedPart[],
): Promise<Blob> {
  if (part.kind === 'extra' || part.blob.size < least) return part.blob;
  // A file that can't be coded is stored as it is.
  const coded = await codec.encode(part, beside).catch(() => undefined);
  return coded && coded.size <= worth * part.blob.size ? coded : part.blob;
}

/** The file of `bytes` bytes that was stored so; undefined where what is stored is no such file. Errors: StoreError for a damaged one. */
export async function unpacked(
  codec: Codec,
  stored: Blob,
  bytes: number,
): Promise<Blob | undefined> {
  if (stored.size === bytes) return stored;
  if (!(await isCodedFile(stored))) return undefined;
  const parts = await codec.decode(stored).catch((error: unknown) => {
    throw new StoreError(
      `A file in this browser's storage is damaged. Delete the entry and make it again.`,
      { cause: error },
    );
  });
  const blob = parts.length === 1 ? parts[0]!.blob : undefined;
  return blob?.size === bytes ? blob : undefined;
}
