/** Random inputs as samples: for models that nothing else is known of. */
import type { Samples } from '../../core/compress/training.ts';
import { RecipeError } from '../../core/errors.ts';
import { randomFeeds, type InputSpec } from '../../core/evaluate/inputs.ts';
import type { Feeds, Value, ValueData } from '../../core/runtime.ts';

/** So many different samples, the last fifth of which may judge. */
const count = 2000;

/** The same samples for the same seed. Errors: ModelError for inputs that can't be filled. */
export function randomSamples(inputs: readonly InputSpec[], seed = 0): Samples {
  const one: Record<string, number> = {};
  for (const { dims } of inputs) if (typeof dims[0] === 'string') one[dims[0]] = 1;
  return {
    label: 'random inputs',
    count,
    feeds: (indices) =>
      stacked(
        indices.map((sample) => randomFeeds(inputs, { seed, sample, dims: one })),
        inputs,
      ),
  };
}

/** Joins samples along the first axis. */
function stacked(samples: readonly Feeds[], inputs: readonly InputSpec[]): Feeds {
  const [first] = samples;
  if (!first || samples.length === 1) return first ?? {};
  const joined = inputs.map(({ name }): [string, Value] => {
    const { dtype, dims } = first[name]!;
    const parts = samples.map((feeds) => feeds[name]!.data);
    return [name, { dtype, dims: [samples.length, ...dims.slice(1)], data: join(name, parts) }];
  });
  return Object.fromEntries(joined);
}

function join(name: string, parts: readonly ValueData[]): ValueData {
  const [first] = parts;
  if (!first || !ArrayBuffer.isView(first)) {
    throw new RecipeError(`Input "${name}" takes text, for which there are no random values.`);
  }
  const bytes = new Uint8Array(first.byteLength * parts.length);
  parts.forEach((part, index) => {
    const { buffer, byteOffset, byteLength } = part as typeof first;
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), index * byteLength);
  });
  const Kind = first.constructor as new (buffer: ArrayBuffer) => ValueData;
  return new Kind(bytes.buffer);
}
