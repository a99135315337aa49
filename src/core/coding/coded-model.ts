/** Models as coded files: one file that holds everything. */
import { ModelError } from '../errors.ts';
import type { ModelFiles } from '../runtime.ts';
import { decodeParts, type CodingOptions } from './coded-file.ts';
import { isCodedFile, type CodedPart } from './coded-mark.ts';

/** What a coded file held. */
export interface CodedModel {
  /** Of the .onnx. */
  readonly name: string;
  readonly files: ModelFiles;
  /** Tokenizer, configuration and the like, by path. */
  readonly extras: ReadonlyMap<string, Blob>;
}

/** The model in a coded file; undefined where the file is none. Errors: ModelError for damage and where it holds no model, the signal's reason. */
export async function decodeModel(
  file: Blob,
  options: CodingOptions = {},
): Promise<CodedModel | undefined> {
  if (!(await isCodedFile(file))) return undefined;
  const parts = await decodeParts(file, options);
  const [main, ...others] = parts.filter(({ kind }) => kind === 'onnx');
  if (!main || others.length > 0) {
    throw new ModelError(
      `This coded file holds ${parts.length} files and ${others.length > 0 ? 'more than one' : 'no'} model. Export it again.`,
    );
  }
  const of = (wanted: CodedPart['kind']): Map<string, Blob> =>
    new Map(parts.filter(({ kind }) => kind === wanted).map(({ path, blob }) => [path, blob]));
  const files = { onnx: main.blob, external: of('external') };
  return { name: main.path, files, extras: of('extra') };
}
