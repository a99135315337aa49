/**
 * Samples as arrays, one for each input of a model: the first axis counts the samples. What a model's
 * own set, a visitor's files and generated digits become before anything trains on them.
 */
import type { Samples } from '../../core/compress/training.ts';
import { RecipeError } from '../../core/errors.ts';
import { randomFeeds, type InputSpec } from '../../core/evaluate/inputs.ts';
import { encodeFloat16 } from '../../core/math/float16.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { Feeds, Value, ValueData } from '../../core/runtime.ts';
import type { Numbers } from './npy.ts';

export interface SampleSet {
  /** Where the samples come from, for people. */
  readonly label: string;
  /** By the name of the input. */
  readonly inputs: ReadonlyMap<string, Numbers>;
  /** Class ids, one for each sample or for each row of its scores; −1 counts for nothing. */
  readonly targets?: Numbers;
  readonly names?: readonly string[];
}

/** Inputs that follow from the others: masks are ones, positions count up, caches begin empty. */
const follows = /mask|position|past|cache|token_type|use_cache/i;

/** The inputs that samples must give. */
export const mainInputs = (inputs: readonly InputSpec[]): readonly InputSpec[] =>
  inputs.filter(({ name }) => !follows.test(name));

/**
 * Samples for a model with these inputs. Errors: RecipeError for inputs that are missing, unknown or of
 * another size, and for arrays that do not count the same.
 */
export function samplesOf(set: SampleSet, inputs: readonly InputSpec[]): Samples {
  const count = checked(set, inputs);
  const { label, targets, names } = set;
  const given = inputs.filter(({ name }) => set.inputs.has(name));
  const missing = inputs.filter(({ name }) => !set.inputs.has(name));
  return {
    label,
    count,
    feeds(indices) {
      const own = given.map((input) => [
        input.name,
        rowsOf(set.inputs.get(input.name)!, input, indices),
      ]);
      const feeds = Object.fromEntries(own) as Feeds;
      return {
        ...feeds,
        ...randomFeeds(missing, { dims: sizesOf(inputs, feeds, indices.length) }),
      };
    },
    ...(targets
      ? { targets: (indices: readonly number[]) => picked(targets, 'int64', [], indices) }
      : {}),
    ...(names ? { name: (index: number) => names[index] ?? `sample ${index + 1}` } : {}),
  };
}

function checked(set: SampleSet, inputs: readonly InputSpec[]): number {
  const known = inputs.map(({ name }) => name);
  for (const name of set.inputs.keys()) {
    if (known.includes(name)) continue;
    throw new RecipeError(
      `${set.label}: the model has no input "${name}". It has ${known.join(', ')}.`,
    );
  }
  for (const { name } of mainInputs(inputs)) {
    if (set.inputs.has(name)) continue;
    throw new RecipeError(
      `${set.label}: there is nothing for the input "${name}". Give an array for each input: ${mainInputs(
        inputs,
      )
        .map((input) => input.name)
        .join(', ')}.`,
    );
  }
  const counts = [...set.inputs.values(), ...(set.targets ? [set.targets] : [])].map(
    ({ dims }) => dims[0] ?? 0,
  );
  const count = counts[0] ?? 0;
  if (count === 0 || counts.some((other) => other !== count)) {
    throw new RecipeError(
      `${set.label}: the arrays have ${counts.join(', ')} samples. Give as many for each input and for the labels.`,
    );
  }
  return count;
}

/** The chosen samples as one value of the input. Errors: RecipeError for samples of another size. */
function rowsOf(numbers: Numbers, input: InputSpec, indices: readonly number[]): Value {
  const { name, dtype, dims } = input;
  const own = numbers.dims.slice(1);
  const rest = dims.slice(1);
  const fits = (shape: readonly (number | string)[]): boolean =>
    shape.length === own.length &&
    shape.every((dim, axis) => typeof dim === 'string' || dim === own[axis]);
  const size = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
  if (fits(rest)) return picked(numbers, dtype, own, indices);
  // Images without their one channel, rows that are flat: the same numbers in another shape.
  const fixed = rest.every((dim) => typeof dim === 'number') ? rest : undefined;
  if (fixed && size(fixed) === size(own)) return picked(numbers, dtype, fixed, indices);
  const whole = fits(dims) && indices.length === 1;
  if (whole) {
    const value = picked(numbers, dtype, own, indices);
    return { ...value, dims: own };
  }
  throw new RecipeError(
    `Input "${name}" takes [${dims.join(', ')}], and the samples are [${own.join(', ')}] each. Give arrays whose first axis counts the samples and whose others fit.`,
  );
}

function picked(
  { dims, data }: Numbers,
  dtype: Dtype,
  shape: readonly number[],
  indices: readonly number[],
): Value {
  const width = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const numbers = new Float64Array(indices.length * width);
  indices.forEach((index, row) => {
    for (let at = 0; at < width; at++) numbers[row * width + at] = data[index * width + at]!;
  });
  const tail = shape.length === 0 ? dims.slice(1) : shape;
  return { dtype, dims: [indices.length, ...tail], data: dataOf(dtype, numbers) };
}

function dataOf(dtype: Dtype, numbers: Float64Array): ValueData {
  const make = makers[dtype];
  if (make) return make(numbers);
  throw new RecipeError(`Samples can't be given as ${dtype}. Convert the model's inputs first.`);
}

const makers: Partial<Record<Dtype, (numbers: Float64Array) => ValueData>> = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => numbers,
  float16: (numbers) => encodeFloat16(Float32Array.from(numbers)),
  int64: (numbers) => BigInt64Array.from(numbers, (number) => BigInt(Math.round(number))),
  int32: (numbers) => Int32Array.from(numbers),
  int8: (numbers) => Int8Array.from(numbers),
  uint8: (numbers) => Uint8Array.from(numbers),
  bool: (numbers) => Uint8Array.from(numbers, (number) => (number === 0 ? 0 : 1)),
};

/**
 * The sizes of symbolic dims, as the given values have them; every first axis counts the samples. A
 * total of past and present tokens is what is given, for the past is empty.
 */
function sizesOf(
  inputs: readonly InputSpec[],
  feeds: Feeds,
  count: number,
): Readonly<Record<string, number>> {
  const sizes: Record<string, number> = { batch: count, batch_size: count, N: count };
  for (const { name, dims } of inputs) {
    dims.forEach((dim, axis) => {
      const size = feeds[name]?.dims[axis];
      if (typeof dim === 'string' && size !== undefined) sizes[dim] = size;
    });
  }
  const tokens = Object.values(feeds)[0]?.dims[1];
  const totals = inputs.flatMap(({ dims }) => dims).filter((dim) => /total/i.test(String(dim)));
  for (const total of totals) if (tokens !== undefined) sizes[total] ??= tokens;
  return sizes;
}
