/** Runs a model through the table of tasks, as the page and Node do. */
import { openAsBlob } from 'node:fs';

import { inputSpecsOf } from '../../src/core/evaluate/inputs.ts';
import { readOnnx } from '../../src/core/onnx/read.ts';
import { outputsOf } from '../../src/core/onnx/signature.ts';
import { factsOf, type ModelFacts } from '../../src/tasks/facts.ts';
import type { Files } from '../../src/tasks/files.ts';
import { loops } from '../../src/tasks/loops/index.ts';
import type { Chunk, Loop, LoopId, LoopSession, Plan } from '../../src/tasks/loops/loop.ts';
import type { PreparedTask } from '../../src/tasks/task.ts';

/** What a model on disk tells of itself, with files as if they lay beside it. */
export async function factsFrom(path: string, files: Files = new Map()): Promise<ModelFacts> {
  const model = await readOnnx({ onnx: await openAsBlob(path) });
  return factsOf({ inputs: await inputSpecsOf(model), outputs: outputsOf(model) }, files);
}

export async function chunksOf(session: LoopSession, plan: Plan): Promise<readonly Chunk[]> {
  const chunks: Chunk[] = [];
  const loop = loops[plan.loop] as Loop<LoopId>;
  for await (const chunk of loop(session, plan.request)) chunks.push(chunk);
  return chunks;
}

/** Plans, runs and answers. */
export async function answerOf<Input, Answer>(
  task: PreparedTask<Input, Answer, unknown>,
  session: LoopSession,
  input: Input,
): Promise<Answer> {
  return task.answer(await chunksOf(session, await task.plan(input)), input);
}
