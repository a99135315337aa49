/**
 * Inputs of tasks as plain JSON, for links: short ones, whole. What comes from a link is checked here,
 * key by key, and rebuilt.
 */
import { side } from '../core/drawing/digit-image.ts';
import type { Stroke } from '../core/drawing/strokes.ts';
import { ModelError } from '../core/errors.ts';
import type { Feeds } from '../core/runtime.ts';
import { scalings, type DigitInput, type Scaling } from './digits.ts';
import type { FileTypeInput } from './file-type.ts';
import type { TaskId } from './index.ts';
import {
  base64,
  bytesAt,
  countAt,
  fieldsAt,
  listAt,
  longestText,
  numberAt,
  refuse,
  textAt,
  type Fields,
} from './json-fields.ts';
import type { Pixels } from './pixels.ts';
import type { GenerationInput } from './text-generation.ts';

/** A drawn digit: its strokes, in units of the pad's side, which say all of its pixels. */
export interface DrawnInput {
  readonly strokes: readonly Stroke[];
}
/** Random values for every input, as their seed tells. */
export interface RandomInput {
  readonly seed: number;
  readonly samples: number;
  /** Lengths of the axes that the model leaves open, by their names. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** No link holds more: characters of text, texts, strokes, points, sides of an image, numbers of a tensor, ids. */
const most = {
  text: longestText,
  texts: 12,
  strokes: 200,
  points: 4000,
  side: 64,
  values: 2048,
  ids: 2000,
};

interface Form {
  /** Undefined for an input that no link can hold. */
  write(input: never): Json | undefined | Promise<Json | undefined>;
  /** Errors: ModelError with the place of what is wrong. */
  read(json: Fields): unknown;
}
type Json = Readonly<Record<string, unknown>>;

const text: Form = {
  write: (input: { readonly text: string }) =>
    input.text.length <= most.text ? { text: input.text } : undefined,
  read: (json) => ({ text: textAt(json, 'text') }),
};

const image: Form = {
  write({ pixels }: { readonly pixels: Pixels }) {
    const { width, height, data } = pixels;
    if (width > most.side || height > most.side) return undefined;
    return { width, height, rgba: base64(new Uint8Array(data)) };
  },
  read(json) {
    const [width, height] = [countAt(json, 'width', most.side), countAt(json, 'height', most.side)];
    const data = new Uint8ClampedArray(bytesAt(json, 'rgba', 4 * width * height));
    return { pixels: { width, height, data } };
  },
};

const generation: Form = {
  write(input: GenerationInput) {
    const length = input.prompt.length;
    const ids = input.kind === 'score' ? [...(input.before ?? []), ...input.continuation] : [];
    return length <= most.text && ids.length <= most.ids ? { ...input } : undefined;
  },
  read(json): GenerationInput {
    const [prompt, chat] = [textAt(json, 'prompt'), json['chat'] === true ? { chat: true } : {}];
    if (json['kind'] === 'score') {
      const before = json['before'] === undefined ? {} : { before: idsAt(json, 'before') };
      return {
        kind: 'score',
        prompt,
        ...chat,
        ...before,
        continuation: idsAt(json, 'continuation'),
      };
    }
    const given = json['sampling'];
    const limit = countAt(json, 'limit', most.text);
    if (given === undefined) return { kind: 'write', prompt, ...chat, limit };
    const from = fieldsAt(given, 'sampling');
    const sampling = {
      seed: numberAt(from, 'seed', 0, Number.MAX_SAFE_INTEGER),
      temperature: numberAt(from, 'temperature', 0, 100),
      topK: numberAt(from, 'topK', 0, 1e6),
      topP: numberAt(from, 'topP', 0, 1),
    };
    return { kind: 'write', prompt, ...chat, limit, sampling };
  },
};

const digit: Form = {
  write(input: DigitInput | DrawnInput) {
    if ('strokes' in input) {
      const rounded = (value: number): number => Math.round(value * 1000) / 1000;
      const strokes = input.strokes.map((stroke) =>
        stroke.map(({ x, y }) => ({ x: rounded(x), y: rounded(y) })),
      );
      return pointsIn(strokes) <= most.points ? { strokes } : undefined;
    }
    const gray = input.image.map((value) => value * 255);
    // Most images are of 256 grays; the others keep all of their digits.
    const isGray = gray.every((value) => Math.abs(value - Math.round(value)) < 1e-4);
    const bytes = isGray ? Uint8Array.from(gray, Math.round) : undefined;
    return {
      ...(bytes
        ? { gray: base64(bytes) }
        : { image: base64(new Uint8Array(input.image.slice().buffer)) }),
      ...(input.scaling === undefined ? {} : { scaling: input.scaling }),
    };
  },
  read(json): DigitInput | DrawnInput {
    if (json['strokes'] !== undefined) return { strokes: strokesAt(json['strokes']) };
    const known = typeof json['scaling'] === 'string' && Object.hasOwn(scalings, json['scaling']);
    return { image: grayAt(json), ...(known ? { scaling: json['scaling'] as Scaling } : {}) };
  },
};

const file: Form = {
  async write({ name, bytes }: FileTypeInput) {
    if (bytes.size > most.text) return undefined;
    return { name, bytes: base64(new Uint8Array(await bytes.arrayBuffer())) };
  },
  read: (json): FileTypeInput => ({
    name: textAt(json, 'name'),
    bytes: new Blob([bytesAt(json, 'bytes')]),
  }),
};

const numbers: Form = {
  write(input: RandomInput | { readonly feeds: Feeds }) {
    if ('seed' in input) return { ...input };
    const feeds = Object.entries(input.feeds);
    const count = feeds.reduce((sum, [, { data }]) => sum + data.length, 0);
    const isPlain = feeds.every(([, { dtype }]) => dtype in arrays);
    if (count > most.values || !isPlain) return undefined;
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

/** Tasks whose inputs a link can hold. */
const forms: Readonly<Partial<Record<TaskId, Form>>> = {
  digits: digit,
  'file-type': file,
  'image-classification': image,
  'image-to-image': image,
  'sequence-to-sequence': text,
  'text-classification': text,
  embeddings: {
    write({ texts }: { readonly texts: readonly string[] }) {
      const isShort = texts.join('').length <= most.text && texts.length <= most.texts;
      return isShort ? { texts } : undefined;
    },
    read: (json) => ({
      texts: listAt(json, 'texts', most.texts).map((one) => textAt({ texts: one }, 'texts')),
    }),
  },
  'text-generation': generation,
  tensors: numbers,
};

/** An input of a task as plain JSON; undefined for one that is too large for a link, or has no such form. */
export async function inputToJson(task: TaskId, input: unknown): Promise<Json | undefined> {
  return input === undefined ? undefined : forms[task]?.write(input as never);
}

/** The input that such JSON says, as the task's view takes it. Errors: ModelError. */
export function inputFromJson(task: TaskId, json: unknown): unknown {
  const form = forms[task];
  if (!form) throw new ModelError('Inputs of this task have no form in a link. Give one by hand.');
  return form.read(fieldsAt(json, 'input'));
}

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

function grayAt(json: Fields): Float32Array {
  const count = side * side;
  if (json['gray'] !== undefined) {
    return Float32Array.from(bytesAt(json, 'gray', count), (byte) => byte / 255);
  }
  const image = new Float32Array(bytesAt(json, 'image', 4 * count).buffer);
  if (image.every((value) => value >= 0 && value <= 1)) return image;
  return refuse('image', 'gray values of 0 to 1');
}

function feedAt(json: Fields): [string, Feeds[string]] {
  const dtype = textAt(json, 'dtype');
  if (!Object.hasOwn(arrays, dtype))
    return refuse('dtype', `one of ${Object.keys(arrays).join(', ')}`);
  const dims = listAt(json, 'dims', 16).map((dim) => countAt({ dims: dim }, 'dims', most.values));
  const values = listAt(json, 'data', most.values).map((value) => textAt({ data: value }, 'data'));
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

function strokesAt(json: unknown): readonly Stroke[] {
  const strokes = listAt({ strokes: json }, 'strokes', most.strokes).map((stroke) =>
    listAt({ strokes: stroke }, 'strokes', most.points).map((point) => {
      const at = fieldsAt(point, 'strokes');
      return { x: numberAt(at, 'x', -1, 2), y: numberAt(at, 'y', -1, 2) };
    }),
  );
  return pointsIn(strokes) <= most.points
    ? strokes
    : refuse('strokes', `at most ${most.points} points`);
}

const pointsIn = (strokes: readonly Stroke[]): number =>
  strokes.reduce((sum, stroke) => sum + stroke.length, 0);

const idsAt = (json: Fields, key: string): readonly number[] =>
  listAt(json, key, most.ids).map((id) => countAt({ [key]: id }, key, 2 ** 31));
