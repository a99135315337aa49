/** A task of an embedded model, ready to be asked, as the page and the command line open it. */
import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { inputSpecsOf } from '../../src/core/evaluate/inputs.ts';
import { outputsOf } from '../../src/core/onnx/signature.ts';
import { open } from '../../src/node/api.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { factsOf, type ModelFacts } from '../../src/tasks/facts.ts';
import type { Files } from '../../src/tasks/files.ts';
import { taskFor, tasks, type AnswerOf, type InputOf, type TaskId } from '../../src/tasks/index.ts';
import { loops } from '../../src/tasks/loops/index.ts';
import type { Loop, LoopId } from '../../src/tasks/loops/loop.ts';
import { openLoopSession } from '../../src/tasks/loops/session.ts';
import type { PreparedTask, Task } from '../../src/tasks/task.ts';
import { all } from './loops/models.ts';

export const models = fileURLToPath(new URL('../../public/models/', import.meta.url));

/** The files in a model's folder, by name. */
export async function filesIn(folder: string): Promise<Files> {
  const names = (await readdir(folder)).filter((name) => name.includes('.'));
  const files = names.map(async (name) => [name, await openAsBlob(join(folder, name))] as const);
  return new Map(await Promise.all(files));
}

export interface AskedTask<Id extends TaskId> {
  readonly facts: ModelFacts;
  readonly files: Files;
  /** What the table chose, and why. */
  readonly found: ReturnType<typeof taskFor>;
  readonly prepared: PreparedTask<InputOf<Id>, AnswerOf<Id>, unknown>;
  ask(input: InputOf<Id>): Promise<AnswerOf<Id>>;
  close(): Promise<void>;
}

/** Opens the embedded model `model` for the task `id`. */
export async function openEmbedded<Id extends TaskId>(
  id: Id,
  model: string,
): Promise<AskedTask<Id>> {
  const files = await filesIn(`${models}${model}`);
  const read = await open(`${models}${model}/onnx/model.onnx`);
  const signature = { inputs: await inputSpecsOf(read.model), outputs: outputsOf(read.model) };
  const facts = await factsOf(signature, files);
  const task = tasks[id] as unknown as Task<InputOf<Id>, AnswerOf<Id>, unknown>;
  const prepared = await task.prepare(facts, files);
  const session = await openLoopSession(nodeRuntime(), read.files, signature);
  return {
    facts,
    files,
    found: taskFor(facts),
    prepared,
    async ask(input) {
      const { loop, request } = await prepared.plan(input);
      const chunks = await all((loops[loop] as Loop<LoopId>)(session, request));
      return prepared.answer(chunks, input);
    },
    close: () => session.release(),
  };
}
