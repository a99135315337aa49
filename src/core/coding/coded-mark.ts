/** What has to be known of coded files before one is met or made. */
import type { ModelFiles } from '../runtime.ts';

const mark = Uint8Array.of(0x93, 0x53, 0x43, 0x52, 0x55, 0x4e, 0x43, 0x48);

/** The bytes that every coded file begins with. */
export const codedMark: readonly number[] = [...mark];

/** The ending of the names of coded files. */
export const codedEnding = '.scrunch';

/** Whether a name is that of a coded file. */
export const hasCodedName = (name: string): boolean => name.toLowerCase().endsWith(codedEnding);

/** Whether a file begins as coded ones do. Reads eight bytes. */
export async function isCodedFile(file: Blob): Promise<boolean> {
  if (file.size < mark.length) return false;
  const head = new Uint8Array(await file.slice(0, mark.length).arrayBuffer());
  return mark.every((byte, index) => head[index] === byte);
}

/** What a file is to its model; their places are what the file says. `extra`: a tokenizer and the like. */
export const partKinds = ['onnx', 'external', 'extra'] as const;

/** A file of a model. */
export interface CodedPart {
  readonly path: string;
  readonly kind: (typeof partKinds)[number];
  readonly blob: Blob;
}

/** The files of a model as parts of a coded file; `name` is that of the .onnx. */
export const partsOf = (
  name: string,
  { onnx, external }: ModelFiles,
  extras: ReadonlyMap<string, Blob> = new Map(),
): CodedPart[] => [
  { path: name, kind: 'onnx', blob: onnx },
  ...[...external].map(([path, blob]): CodedPart => ({ path, kind: 'external', blob })),
  ...[...extras].map(([path, blob]): CodedPart => ({ path, kind: 'extra', blob })),
];
