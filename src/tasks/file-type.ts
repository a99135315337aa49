/** What kind of file some bytes are, by a model that reads their beginning and their end. */
import type { ClassInfo } from './classes.ts';

export interface FileTypeInput {
  readonly name: string;
  readonly bytes: Blob;
}

export interface FileTypeInfo extends ClassInfo {
  /** Bytes of the beginning and of the end that the model reads. */
  readonly beginning: number;
  readonly end: number;
}
