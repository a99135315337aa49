/** Where a tensor's bytes lie when they lie outside the .onnx file. */
import { ModelError } from '../errors.ts';
import type { Tensor } from './types.ts';

/** The reference of a tensor into another file. `length` is absent where it reaches to the file's end. */
export interface ExternalReference {
  readonly location: string;
  readonly offset: number;
  readonly length: number | undefined;
}

export const isExternal = (tensor: Tensor): boolean => tensor.dataLocation === 1;

/** Reads `externalData`. Errors: ModelError when the path leaves the model's folder or a number is none. */
export function externalReference(tensor: Tensor): ExternalReference {
  const entries = new Map((tensor.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  if (!staysInFolder(location)) {
    throw new ModelError(
      `Tensor "${tensor.name}" keeps its data in "${location}", which is not a file beside the model. ` +
        'Export the model again with its data in the same folder.',
    );
  }
  const number = (key: string): number | undefined => {
    const text = entries.get(key);
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw new ModelError(
      `Tensor "${tensor.name}" has the external ${key} "${text}", which is not a number of bytes. ` +
        'Export the model again.',
    );
  };
  return {
    location: normalized(location),
    offset: number('offset') ?? 0,
    length: number('length'),
  };
}

/** Whether a location is a relative path that can't climb out: no `..`, no root, no drive, no address. */
function staysInFolder(location: string): boolean {
  const parts = location.split('/');
  return (
    location !== '' &&
    !Array.from(location).some((character) => character < ' ') &&
    !/^[a-z][a-z0-9+.-]*:/i.test(location) &&
    !location.includes('\\') &&
    !location.startsWith('/') &&
    !location.startsWith('~') &&
    !parts.includes('..') &&
    normalized(location) !== ''
  );
}

const normalized = (location: string): string =>
  location
    .split('/')
    .filter((part) => part !== '.' && part !== '')
    .join('/');
