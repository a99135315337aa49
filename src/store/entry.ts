/** What the library knows of a stored model without reading its bytes. */
import type { Recipe } from '../core/compress/recipe.ts';

/** One stored file. Its bytes lie under `sha256`, once, however many entries use them. */
export interface StoredFile {
  /** Path within the model's folder: `model.onnx`, `onnx/model.onnx_data`, `config.json` … */
  readonly path: string;
  readonly kind: 'onnx' | 'external' | 'extra';
  readonly sha256: string;
  readonly bytes: number;
}

/** Where a model came from. */
export type Source =
  | { readonly kind: 'embedded'; readonly id: string }
  | {
      readonly kind: 'hub';
      /** Address of the Hub, without a slash at its end. */
      readonly host: string;
      /** `owner/name`. */
      readonly repo: string;
      /** Branch, tag or commit that was asked for, and the commit that it was. */
      readonly revision: string;
      readonly commit: string;
      /** Of the .onnx in the repository. */
      readonly path: string;
    }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'files' };

/** A model, or the result of compressing one. */
export interface Entry {
  /**
   * Its own, for as long as it is stored. The hash of its content, where no other entry has that for
   * its id; else that and a number (`3e23…-2`): copies, and results that came out alike.
   */
  readonly id: string;
  /** Hash of its content; absent where the id is that. */
  readonly content?: string;
  readonly name: string;
  readonly files: readonly StoredFile[];
  /** Sum of the files, in bytes. */
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly added: number;
  /** Absent where nobody noted it. */
  readonly source?: Source;
  /** Of a result: the entry it was made from, and how. */
  readonly madeFrom?: { readonly id: string; readonly recipe: Recipe };
  /** The visitor made it from another entry: the same model stored again is that one, not this. */
  readonly copy?: true;
  /** The name is the visitor's own. */
  readonly renamed?: true;
  /** Stands first, and is deleted by the visitor alone. */
  readonly pinned?: boolean;
}

/** sha256 of the .onnx file, or over all files of a model that has more. */
export const contentOf = ({ id, content }: Pick<Entry, 'id' | 'content'>): string => content ?? id;

/** Bytes of an entry's model, without what merely lies beside it: tokenizers, traces. */
export const modelBytes = ({ files }: Pick<Entry, 'files'>): number =>
  files.reduce((sum, { kind, bytes }) => (kind === 'extra' ? sum : sum + bytes), 0);

/** An id for an entry of this content that no other has. */
export function freshId(content: string, entries: readonly Pick<Entry, 'id'>[]): string {
  const taken = new Set(entries.map(({ id }) => id));
  let id = content;
  for (let number = 2; taken.has(id); number++) id = `${content}-${number}`;
  return id;
}
