/** The steps that all workers share: what one of them made, none has to make again. */
import type { ModelFiles } from '../core/runtime.ts';
import { createStepCache } from './step-cache.ts';

export const sharedSteps = createStepCache(2 ** 30);

/** A name for each handle, for as long as the page lives: hashing would read all of the bytes. */
const names = new WeakMap<Blob, string>();
let named = 0;

export function nameOf(blob: Blob): string {
  const name = names.get(blob) ?? `file ${++named}`;
  names.set(blob, name);
  return name;
}

/** The same for the same files, in the key of the step cache. */
export const identityOf = ({ onnx, external }: ModelFiles): string =>
  [nameOf(onnx), ...namesOf(external)].join(', ');

/** The same for the same files under the same paths. */
export const namesOf = (files: ReadonlyMap<string, Blob>): string[] =>
  [...files].map(([path, blob]) => `${path}: ${nameOf(blob)}`);
