/** What must be known of samples before a model runs on them: which are padded, and a key for what comes of them. */
import type { Samples } from '../compress/training.ts';
import { sha256 } from '../onnx/hash.ts';
import type { Feeds, Value } from '../runtime.ts';
import { hasPadding, masksIn } from './padding.ts';
import type { Batch } from './shares.ts';

export interface Survey {
  /** The masks that leave out a token of any sample, by input. */
  readonly padded: ReadonlySet<string>;
  /** 64 hexadecimal digits that hold every number of the samples, in their batches. */
  readonly key: string;
}

const known = new WeakMap<Samples, Map<string, Promise<Survey>>>();

/** Looks at all samples of these batches, once. Errors: the signal's reason, and those of the samples. */
export function surveyOf(
  samples: Samples,
  batches: readonly Batch[],
  signal: AbortSignal,
): Promise<Survey> {
  const surveys = known.get(samples) ?? new Map<string, Promise<Survey>>();
  known.set(samples, surveys);
  const id = JSON.stringify(batches);
  const remembered = surveys.get(id);
  if (remembered) return remembered;
  const found = survey(samples, batches, signal);
  surveys.set(id, found);
  found.catch(() => surveys.delete(id));
  return found;
}

async function survey(
  samples: Samples,
  batches: readonly Batch[],
  signal: AbortSignal,
): Promise<Survey> {
  const padded = new Set<string>();
  const lines: string[] = [];
  for (const { share, indices } of batches) {
    signal.throwIfAborted();
    const feeds = samples.feeds(indices);
    for (const name of masksIn(feeds).keys()) if (hasPadding(feeds[name]!)) padded.add(name);
    lines.push(share, ...(await linesOf(feeds)));
  }
  return { padded, key: await sha256(new TextEncoder().encode(lines.join('\n'))) };
}

const linesOf = (feeds: Feeds): Promise<string[]> =>
  Promise.all(
    Object.entries(feeds).map(
      async ([name, value]) =>
        `${name} ${value.dtype} [${value.dims.join(',')}] ${await sha256(bytesOf(value))}`,
    ),
  );

function bytesOf({ data }: Value): Uint8Array {
  if (Array.isArray(data)) return new TextEncoder().encode(JSON.stringify(data));
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
