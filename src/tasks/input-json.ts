/**
 * Inputs of tasks as plain JSON, for links: short ones, whole. What comes from a link is checked here,
 * key by key, and rebuilt.
 */
import { ModelError } from '../core/errors.ts';
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
  textAt,
  type Fields,
} from './json-fields.ts';
import { digit } from './json-digit.ts';
import type { Form, Json } from './json-form.ts';
import { numbers } from './json-tensors.ts';
import type { Pixels } from './pixels.ts';
import type { GenerationInput } from './text-generation.ts';

/** No link holds more: characters of text, texts, sides of an image, ids. */
const most = {
  text: longestText,
  texts: 12,
  side: 64,
  ids: 2000,
};

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

const idsAt = (json: Fields, key: string): readonly number[] =>
  listAt(json, key, most.ids).map((id) => countAt({ [key]: id }, key, 2 ** 31));
