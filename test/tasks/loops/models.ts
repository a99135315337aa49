/** Models for the tests of loops, opened as tasks open them. */
import { readFile } from 'node:fs/promises';

import { readOnnx } from '../../../src/core/onnx/read.ts';
import { inputsOf, outputsOf } from '../../../src/core/onnx/signature.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import type { ModelFiles } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { openLoopSession, type OpenLoopSession } from '../../../src/tasks/loops/session.ts';

/** Opens a model with onnxruntime-node. `stateful` false: as on a runtime that can't hold values. */
export async function openLoop(
  model: Model | string,
  { stateful = true }: { readonly stateful?: boolean } = {},
): Promise<OpenLoopSession> {
  const files: ModelFiles =
    typeof model === 'string'
      ? { onnx: new Blob([await readFile(model)]), external: new Map() }
      : writeOnnx(model);
  const read = typeof model === 'string' ? await readOnnx(files) : model;
  const { device, createSession, ...rest } = nodeRuntime();
  const runtime = { device, createSession, ...(stateful ? rest : {}) };
  return openLoopSession(runtime, files, { inputs: inputsOf(read), outputs: outputsOf(read) });
}

/** All chunks of a loop. */
export async function all<T>(chunks: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const chunk of chunks) found.push(chunk);
  return found;
}
