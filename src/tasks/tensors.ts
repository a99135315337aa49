/** Any model: numbers in, numbers out, and how far two models lie apart. */
import { ModelError } from '../core/errors.ts';
import { randomFeeds, symbolsOf, type InputSpec } from '../core/evaluate/inputs.ts';
import { metrics } from '../core/evaluate/metrics/index.ts';
import { sameDims, type Metric } from '../core/evaluate/metrics/metric.ts';
import type { Outputs } from '../core/evaluate/quality.ts';
import { isNumeric, numbersOf } from '../core/evaluate/values.ts';
import type { Feeds, Value } from '../core/runtime.ts';
import { feedsFrom, tensorExamples, testSets, type TensorExample } from './arrays/inputs.ts';
import type { ModelFacts } from './facts.ts';
import { isRecord, type Files } from './files.ts';
import { task, type Example, type Sum } from './task.ts';

export interface TensorsInput {
  /** Files may give some of the inputs only; a plan needs all. */
  readonly feeds: Feeds;
}
/** Nothing: every model is fed alike. */
export type TensorsInfo = Readonly<Record<string, never>>;
export interface TensorsAnswer {
  readonly outputs: Outputs;
}

/** Larger inputs than this are not made up for a first look. */
const mostRandom = 2 ** 22;

async function examples(
  model: ModelFacts,
  files: Files,
): Promise<readonly Example<TensorsInput>[]> {
  // Test data of another model must not keep this one closed.
  const own = (await testSets(files, model).catch(() => [])).slice(0, 4);
  return own.length > 0 ? own.map(exampleOf) : randomExample(model.inputs);
}

const exampleOf = ({
  name,
  feeds,
  expected = {},
}: TensorExample): Example<TensorsInput, Outputs> => ({
  name,
  input: { feeds },
  ...(Object.keys(expected).length > 0 ? { target: expected } : {}),
});

/** None for text, and for inputs that are too large. */
function randomExample(inputs: readonly InputSpec[]): readonly Example<TensorsInput>[] {
  const sizes = symbolsOf(inputs);
  const count = inputs.reduce(
    (sum, { dims }) =>
      sum +
      dims.reduce<number>(
        (all, dim) => all * (typeof dim === 'number' ? dim : (sizes[dim] ?? 1)),
        1,
      ),
    0,
  );
  const isOdd = inputs.some(({ dtype }) => !isNumeric({ dtype, dims: [], data: [] }));
  if (isOdd || count > mostRandom) return [];
  return [{ name: 'random values', input: { feeds: randomFeeds(inputs) } }];
}

/** Errors: ModelError for an input without values, and for values without an input. */
function checked(feeds: Feeds, inputs: readonly InputSpec[]): Feeds {
  const missing = inputs.find(({ name }) => !Object.hasOwn(feeds, name));
  if (missing) {
    throw new ModelError(
      `The input "${missing.name}" has no values. Give all of ${inputs.map(({ name }) => `"${name}"`).join(', ')} in one .npz or .json file.`,
    );
  }
  const odd = Object.keys(feeds).find((name) => !inputs.some((input) => input.name === name));
  if (odd === undefined) return feeds;
  throw new ModelError(`The model has no input "${odd}". Leave it out.`);
}

/** A figure of each numeric output, added up. Errors: ModelError for outputs that are missing or have other dims. */
function overOutputs(reference: Outputs, outputs: Outputs, metric: Metric): readonly number[] {
  return Object.entries(reference)
    .filter(([, value]) => metric.applies(value))
    .map(([name, value]) => {
      const other = outputs[name];
      if (other && sameDims(value, other)) return metric.compute(value, other);
      const got = other ? `has [${other.dims.join(', ')}]` : 'is missing';
      throw new ModelError(
        `The output "${name}" ${got} where [${value.dims.join(', ')}] belongs, so it can't be compared.`,
      );
    });
}

const summed = (readings: readonly number[]): Sum | undefined =>
  readings.length === 0
    ? undefined
    : { sum: readings.reduce((sum, reading) => sum + reading, 0), count: readings.length };

const largest = (readings: readonly number[]): Sum | undefined =>
  readings.length === 0 ? undefined : { sum: Math.max(...readings), count: 1 };

/** `scores float32 [1, 10]: −3.21 to 8.02, mean 0.13; 1.2, −0.4, 8.02 …`. */
function words({ outputs }: TensorsAnswer): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${name} ${value.dtype} [${value.dims.join(', ')}]: ${contents(value)}`)
    .join('\n');
}

/** Values that are shown one by one. */
const shown = 6;

function contents(value: Value): string {
  if (!isNumeric(value)) {
    return Array.from(value.data as ArrayLike<unknown>)
      .slice(0, shown)
      .map(String)
      .join(', ');
  }
  const numbers = numbersOf(value);
  if (numbers.length === 0) return 'no values';
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (let at = 0; at < numbers.length; at++) {
    const number = numbers[at] ?? NaN;
    low = Math.min(low, number);
    high = Math.max(high, number);
    sum += number;
  }
  const first = Array.from(
    { length: Math.min(shown, numbers.length) },
    (_, at) => numbers[at] ?? NaN,
  );
  const more = numbers.length > shown ? ' …' : '';
  const brief = (number: number): string => String(Number(number.toPrecision(4)));
  return `${brief(low)} to ${brief(high)}, mean ${brief(sum / numbers.length)}; ${first.map(brief).join(', ')}${more}`;
}

export const tensors = task<TensorsInput, TensorsAnswer, TensorsInfo>({
  label: 'Tensors',
  summary: 'Feed both models the same values and compare every output.',
  view: 'tensors',
  figures: {
    'relative-error': {
      label: 'relative error',
      unit: 'share',
      better: 'lower',
      ofOriginal: ({ outputs }, original) =>
        summed(overOutputs(original.outputs, outputs, metrics['relative-error'])),
    },
    'largest-error': {
      label: 'largest error',
      unit: '',
      better: 'lower',
      over: 'max',
      ofOriginal: ({ outputs }, original) =>
        largest(overOutputs(original.outputs, outputs, metrics['max-error'])),
    },
    'error-to-expected': {
      label: 'largest error to the expected outputs',
      unit: '',
      better: 'lower',
      over: 'max',
      ofTarget: ({ outputs }, target) =>
        isRecord(target)
          ? largest(overOutputs(target as Outputs, outputs, metrics['max-error']))
          : undefined,
    },
  },
  fit: () => ({ fits: true, because: 'any model can be fed with numbers' }),
  prepare: async (model, files) => ({
    info: {},
    examples: await examples(model, files),
    plan: (input) =>
      Promise.resolve(input).then(({ feeds }) => ({
        loop: 'once',
        request: { feeds: checked(feeds, model.inputs) },
      })),
    answer: (chunks) => Promise.resolve({ outputs: (chunks.at(-1) ?? {}) as Outputs }),
    async inputFrom(given) {
      if ('file' in given) {
        return { feeds: await feedsFrom(given.file.name, given.file.blob, model.inputs) };
      }
      throw new ModelError('Give the inputs as a .npy, .npz, .json or .pb file.');
    },
    examplesFrom: async (data) => (await tensorExamples(data, model)).map(exampleOf),
    words,
  }),
});
