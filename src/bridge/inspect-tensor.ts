/** Asks the inspecting worker about tensors, one question after the other, so that it keeps what it has read. */
import type { Remote } from 'comlink';

import type { ComparedHandles, ModelHandle } from '../../workers/inspect-tensor.ts';
import type { InspectApi } from '../../workers/inspect.worker.ts';
import type { ModelFiles } from '../core/runtime.ts';
import { inspector } from './inspector.ts';

export type { ComparedHandles, ModelHandle } from '../../workers/inspect-tensor.ts';

/** The worker as a question sees it. */
export type Inspecting = Remote<InspectApi>;

const ids = new WeakMap<Blob, number>();
let next = 1;

/** The files under a number of their own, by which the worker knows them again. */
export function handleOf({ onnx, external }: ModelFiles): ModelHandle {
  const id = ids.get(onnx) ?? next++;
  ids.set(onnx, id);
  return { id, files: { onnx, external } };
}

/** The models of a comparison. */
export function handlesOf(
  original: ModelFiles,
  left: ModelFiles,
  right: ModelFiles | undefined,
): ComparedHandles {
  return {
    original: handleOf(original),
    left: handleOf(left),
    ...(right ? { right: handleOf(right) } : {}),
  };
}

let tail: Promise<unknown> = Promise.resolve();

/** Asks when all earlier questions are answered. Errors: the worker's own, WorkerCrash, the signal's reason. */
export function askInspector<T>(
  doing: string,
  question: (api: Inspecting) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const answer = tail.then(() => inspector.call(doing, question, signal));
  tail = answer.catch(() => undefined);
  return answer;
}
