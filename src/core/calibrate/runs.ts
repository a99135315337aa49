/** Runs a model on batches of samples, for what an extension of its graph gives. */
import { realizeWith } from '../compress/realize/realize.ts';
import type { Samples } from '../compress/training.ts';
import type { Model } from '../onnx/types.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { Feeds, Runtime, Session, Value } from '../runtime.ts';
import type { Batch } from './shares.ts';

export interface RunOptions {
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  readonly progress?: (done: number, total: number) => void;
  /** What is fed besides, for the feeds of a batch. */
  readonly more?: (feeds: Feeds) => Feeds;
}

/** Runs each batch and hands on what comes out, before the next. Errors: RuntimeError, the signal's reason. */
export async function runBatches(
  model: Model,
  samples: Samples,
  batches: readonly Batch[],
  take: (outputs: Readonly<Record<string, Value>>, batch: Batch) => void,
  { runtime, signal, progress, more }: RunOptions,
): Promise<void> {
  const session = await sessionFor(model, runtime);
  try {
    for (const [index, batch] of batches.entries()) {
      signal.throwIfAborted();
      const own = samples.feeds(batch.indices);
      const feeds = feedsFor(session.inputNames, { ...own, ...more?.(own) });
      take(await session.run(feeds), batch);
      progress?.(index + 1, batches.length);
    }
    signal.throwIfAborted();
  } finally {
    await session.release();
  }
}

/** A session of a model as it is stored: what it computes, and not how a device does that best. */
async function sessionFor(model: Model, runtime: Runtime): Promise<Session> {
  const realized = await realizeWith(model, runtime.device, (id) =>
    id === 'fold-dequantize' ? undefined : 'its values are only looked at',
  );
  return runtime.createSession(writeOnnx(realized.model), realized.session);
}

/** Those of the feeds that a session takes. */
const feedsFor = (names: readonly string[], feeds: Feeds): Feeds =>
  Object.fromEntries(names.flatMap((name) => (feeds[name] ? [[name, feeds[name]]] : [])));
