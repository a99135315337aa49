/** Random inputs to train on, where a model comes with no samples: each row of a batch is a sample. */
import { inputSpecsOf, randomFeeds, type InputSpec } from '../../evaluate/inputs.ts';
import type { Model } from '../../onnx/types.ts';
import type { Feeds, Value, ValueData } from '../../runtime.ts';
import type { Samples } from '../training.ts';
import { batchSizeOf } from './batch-size.ts';

export interface GeneratedOptions {
  readonly count?: number;
  readonly seed?: number;
}

/** Seeded samples for any model whose inputs can be drawn. Errors: ModelError for one that can't. */
export async function generatedSamples(
  model: Model,
  { count = 512, seed = 0 }: GeneratedOptions = {},
): Promise<Samples> {
  const inputs = await inputSpecsOf(model);
  const stacks = batchSizeOf(model, 2) === 2;
  const symbols = inputs.map(({ dims }) => dims[0]).filter((dim) => typeof dim === 'string');
  const single = Object.fromEntries(symbols.map((symbol) => [symbol, 1]));
  const one = (sample: number): Feeds =>
    randomFeeds(inputs, { seed, sample, dims: stacks ? single : {} });
  return {
    label: `${count} random inputs`,
    count,
    feeds: (indices) => stacked(inputs, indices.map(one)),
  };
}

function stacked(inputs: readonly InputSpec[], feeds: readonly Feeds[]): Feeds {
  return Object.fromEntries(
    inputs.map(({ name, dims }) => {
      const values = feeds.map((feed) => feed[name]!);
      return [name, typeof dims[0] === 'string' ? concatenated(values) : values[0]!];
    }),
  );
}

/** Values of equal dims as rows of one. */
function concatenated(values: readonly Value[]): Value {
  const [first] = values as readonly [Value, ...Value[]];
  const data = values.flatMap((value) => Array.from(value.data as ArrayLike<number>));
  const Kind = first.data.constructor as new (
    values: readonly number[],
  ) => Exclude<ValueData, string[]>;
  return { ...first, dims: [values.length, ...first.dims.slice(1)], data: new Kind(data) };
}
