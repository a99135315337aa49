/** How the quality benchmarks run models, and what every row of theirs says. */
import { readFileSync } from 'node:fs';

import { zippedSize } from '../../../src/core/evaluate/ledger.ts';
import type { Feeds, Runtime, Value } from '../../../src/core/runtime.ts';
import { sizeOf, type OpenModel } from '../../../src/node/api.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import { openSide } from '../../../src/node/side.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';

/** One thread: these models are small, and threads that wait for each other would cost more than they give. */
export const runtime: Runtime = {
  device: 'cpu',
  createSession: (files, options) => nodeRuntime().createSession(files, { ...options, threads: 1 }),
};
/** For a column that is headed %. */
export const percent = (share: number): string => (100 * share).toFixed(2);
/** The bytes of a file of the shared material. */
export const shared = (path: string): Buffer => readFileSync(sharedPath(path));

/** The columns that every row has. */
export async function sizes(model: string, recipe: string, made: OpenModel): Promise<Row> {
  const zipped = await zippedSize(made.files);
  return {
    model,
    recipe,
    kB: (sizeOf(made) / 1000).toFixed(1),
    'zipped kB': (zipped / 1000).toFixed(1),
  };
}

/** Runs a model on every sample; `keep` takes what is wanted of the one output. */
export async function outputs<T>(
  model: OpenModel,
  samples: Iterable<Feeds>,
  keep: (output: Value) => T,
): Promise<T[]> {
  const side = await openSide(model.model, runtime);
  const kept: T[] = [];
  for (const feeds of samples) kept.push(keep(Object.values((await side.run(feeds)).outputs)[0]!));
  await side.release();
  return kept;
}
