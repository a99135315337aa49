/** Tensors in links: few numbers, or the seed of many. */
import type { Feeds } from '../core/runtime.ts';
import { countAt, fieldsAt, listAt, numberAt, refuse, textAt, type Fields } from './json-fields.ts';
import type { Form } from './json-form.ts';

/** Random values for every input, as their seed tells. */
export interface RandomInput {
  readonly seed: number;
  readonly samples: number;
  /** Lengths of the axes that the model leaves open, by their names. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** No link holds more numbers. */
const mostValues = 2048;

/** Numbers as texts, so that 64-bit ones keep all of their digits. */
export const numbers: Form = {
  write(input: RandomInput | { readonly feeds: Feeds }) {
    if ('seed' in input) return { ...input };
    const feeds = Object.entries(input.feeds);
    const count = feeds.reduce((sum, [, { data }]) => sum + data.length, 0);
    const isPlain = feeds.every(([, { dtype }]) => dtype in arrays);
    if (count > mostValues || !isPlain) return undefined;
    return {
      feeds: feeds.map(([name, { dtype, dims, data }]) => ({
        name,
        dtype,
        dims,
        data: [...data].map(String),
      })),
    };
  },
  read(json): RandomInput | { readonly feeds: Feeds } {
    if (json['feeds'] === undefined) return randomAt(json);
    const feeds = listAt(json, 'feeds', 100).map((one) => feedAt(fieldsAt(one, 'feeds')));
    return { feeds: Object.fromEntries(feeds) };
  },
};

/** What a tensor's numbers lie in, as text of a link gives them. */
const arrays = {
  float32: (values: readonly string[]) => Float32Array.from(values, Number),
  float64: (values: readonly string[]) => Float64Array.from(values, Number),
  int8: (values: readonly string[]) => Int8Array.from(values, Number),
  uint8: (values: readonly string[]) => Uint8Array.from(values, Number),
  int16: (values: readonly string[]) => Int16Array.from(values, Number),
  uint16: (values: readonly string[]) => Uint16Array.from(values, Number),
  int32: (values: readonly string[]) => Int32Array.from(values, Number),
  uint32: (values: readonly string[]) => Uint32Array.from(values, Number),
  int64: (values: readonly string[]) => BigInt64Array.from(values, wholeOf),
  uint64: (values: readonly string[]) => BigUint64Array.from(values, wholeOf),
} as const;

function wholeOf(value: string): bigint {
  return /^-?\d{1,20}$/.test(value) ? BigInt(value) : refuse('data', 'whole numbers');
}

function feedAt(json: Fields): [string, Feeds[string]] {
  const dtype = textAt(json, 'dtype');
  if (!Object.hasOwn(arrays, dtype))
    return refuse('dtype', `one of ${Object.keys(arrays).join(', ')}`);
  const dims = listAt(json, 'dims', 16).map((dim) => countAt({ dims: dim }, 'dims', mostValues));
  const values = listAt(json, 'data', mostValues).map((value) => textAt({ data: value }, 'data'));
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count !== values.length) return refuse('data', `${count} numbers, as dims says`);
  const known = dtype as keyof typeof arrays;
  return [textAt(json, 'name'), { dtype: known, dims, data: arrays[known](values) }];
}

function randomAt(json: Fields): RandomInput {
  const sizes = fieldsAt(json['sizes'] ?? {}, 'sizes');
  return {
    seed: numberAt(json, 'seed', 0, Number.MAX_SAFE_INTEGER),
    samples: countAt(json, 'samples', 1000),
    sizes: Object.fromEntries(Object.keys(sizes).map((name) => [name, countAt(sizes, name, 1e6)])),
  };
}
