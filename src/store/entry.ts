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
  /** sha256 of the .onnx file, or over all files of a model that has more: the same model stored twice is one entry. */
  readonly id: string;
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
}
