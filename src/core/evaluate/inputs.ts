/** Seeded random inputs by declared shape: the same in the page and under Node. */
import { ModelError } from '../errors.ts';
import { encodeBfloat16, encodeFloat16 } from '../math/float16.ts';
import { createRandom, type Random } from '../math/random.ts';
import { inputsOf, type Signature } from '../onnx/signature.ts';
import type { Dtype, Model } from '../onnx/types.ts';
import type { Feeds, Value, ValueData } from '../runtime.ts';
import { idsOf, type Ids } from './ids.ts';
import { defaultSize, sizeOfDim } from './symbols.ts';

/** An input as the model declares it, plain data that crosses a worker's border. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: Dtype;
  /** Numbers are fixed, texts symbolic: the declared name, or `input[axis]` where it has none. */
  readonly dims: readonly (number | string)[];
  /** For whole numbers: which ones the model can take, where it tells. */
  readonly ids?: Ids;
}

export interface FeedOptions {
  readonly seed?: number;
  /** Position in a series of samples; each has values of its own. */
  readonly sample?: number;
  /** Sizes of symbolic dims, by symbol. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Lowest and highest value, by input. */
  readonly ranges?: Readonly<Record<string, readonly [low: number, high: number]>>;
}

/** More values than this are a mistake in a dim, not a sample. */
const mostValues = 2 ** 28;

/** The inputs that a run of the model must be given. Errors: ModelError for one that is not a tensor or has no declared shape. */
export async function inputSpecsOf(model: Model): Promise<readonly InputSpec[]> {
  return Promise.all(
    inputsOf(model).map(async (input) => {
      const spec = specOf(input);
      const wantsIds = /^u?int/.test(spec.dtype);
      return wantsIds ? { ...spec, ids: await idsOf(model, input.name) } : spec;
    }),
  );
}

function specOf({ name, dtype, dims }: Signature): InputSpec {
  if (!dtype) {
    throw new ModelError(
      `Input "${name}" is not a tensor. Only models that take tensors can be run here.`,
    );
  }
  if (!dims) {
    throw new ModelError(
      `Input "${name}" declares no shape, so no values can be made for it. Export the model with the shapes of its inputs.`,
    );
  }
  const named = dims.map((dim, axis) =>
    dim === '?' || (typeof dim === 'number' && dim < 0) ? `${name}[${axis}]` : dim,
  );
  return { name, dtype, dims: named };
}

/** The symbols in the inputs' dims, in order, each with a sensible size to start from. */
export function symbolsOf(inputs: readonly InputSpec[]): Readonly<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const { dims } of inputs) {
    dims.forEach((dim, axis) => {
      if (typeof dim === 'number') return;
      for (const [symbol, size] of defaultSize(dim, axis)) {
        if (!Object.hasOwn(sizes, symbol)) sizes[symbol] = size;
      }
    });
  }
  return sizes;
}

/**
 * Random values for every input. Reals are uniform between −1 and 1, ids are those that the model
 * can look up, masks are ones, positions count up. Errors: ModelError naming the input that can't be
 * filled (text, complex numbers) or is too large.
 */
export function randomFeeds(inputs: readonly InputSpec[], options: FeedOptions = {}): Feeds {
  const { seed = 0, sample = 0, dims = {}, ranges = {} } = options;
  const sizes = { ...symbolsOf(inputs), ...dims };
  const random = createRandom(seed).fork(`sample ${sample}`);
  const feeds = inputs.map((input): [string, Value] => {
    const shape = input.dims.map((dim) => (typeof dim === 'number' ? dim : sizeOfDim(dim, sizes)));
    checkCount(input, shape);
    const data = values(input, shape, random.fork(input.name), ranges[input.name]);
    return [input.name, { dtype: input.dtype, dims: shape, data }];
  });
  return Object.fromEntries(feeds);
}

function checkCount({ name }: InputSpec, shape: readonly number[]): void {
  const count = shape.reduce((product, dim) => product * dim, 1);
  if (count <= mostValues) return;
  throw new ModelError(
    `Input "${name}" of [${shape.join(', ')}] would have ${count} values. Choose smaller sizes for its symbolic dims.`,
  );
}

function values(
  input: InputSpec,
  shape: readonly number[],
  random: Random,
  range?: readonly [number, number],
): ValueData {
  const count = shape.reduce((product, dim) => product * dim, 1);
  const { dtype, name } = input;
  if (dtype === 'bool') {
    const isMask = mask.test(name) && !range;
    return Uint8Array.from({ length: count }, () => (isMask ? 1 : random.integer(2)));
  }
  if (dtype.startsWith('float') || dtype === 'bfloat16') {
    const [low, high] = range ?? (mask.test(name) ? [1, 1] : [-1, 1]);
    return reals(input, count, () => low + (high - low) * random.uniform());
  }
  const width = shape.at(-1) ?? 1;
  const next = range ? between(range, random) : wholeNumber(input, width, random);
  const numbers = Array.from({ length: count }, (_, index) => next(index));
  return wholeNumbers(input, numbers);
}

const mask = /mask/i;

function reals(input: InputSpec, count: number, next: () => number): ValueData {
  if (input.dtype === 'float64') return Float64Array.from({ length: count }, next);
  const floats = Float32Array.from({ length: count }, next);
  if (input.dtype === 'float32') return floats;
  if (input.dtype === 'float16') return encodeFloat16(floats);
  if (input.dtype === 'bfloat16') return encodeBfloat16(floats);
  return refuse(input);
}

const between =
  ([low, high]: readonly [number, number], random: Random) =>
  (): number =>
    low + random.integer(Math.max(1, Math.floor(high) - Math.ceil(low) + 1));

/** How the whole numbers of an input are drawn, by what the model or the input's name says of them. */
function wholeNumber(
  { name, dtype, ids = {} }: InputSpec,
  width: number,
  random: Random,
): (index: number) => number {
  const { below, choices } = ids;
  if (mask.test(name)) return () => 1;
  if (/position/i.test(name)) return (index) => Math.min(index % width, (below ?? Infinity) - 1);
  if (choices) return () => choices[random.integer(choices.length)]!;
  if (below !== undefined) return () => random.integer(below);
  if (dtype === 'uint8') return () => random.integer(256);
  if (dtype === 'int8') return () => random.integer(256) - 128;
  return () => random.integer(2);
}

function wholeNumbers(input: InputSpec, numbers: readonly number[]): ValueData {
  switch (input.dtype) {
    case 'int64':
      return BigInt64Array.from(numbers, BigInt);
    case 'uint64':
      return BigUint64Array.from(numbers, BigInt);
    case 'int32':
      return Int32Array.from(numbers);
    case 'uint32':
      return Uint32Array.from(numbers);
    case 'int16':
      return Int16Array.from(numbers);
    case 'uint16':
      return Uint16Array.from(numbers);
    case 'int8':
      return Int8Array.from(numbers);
    case 'uint8':
      return Uint8Array.from(numbers);
    default:
      return refuse(input);
  }
}

function refuse({ name, dtype }: InputSpec): never {
  const what = dtype === 'string' ? 'text' : `${dtype} values`;
  throw new ModelError(
    `Input "${name}" takes ${what}, for which there are no random values. Give it values of your own.`,
  );
}
