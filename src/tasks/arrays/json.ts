/** Reads arrays from .json: `{ "input_ids": [[1, 2, 3]], … }`, or the nested lists of the only input. */
import { ModelError } from '../../core/errors.ts';
import type { Value } from '../../core/runtime.ts';
import { isRecord } from '../files.ts';

/** By input; `only` is the name of the model's input where it has just one. Errors: ModelError that names the file. */
export function readJsonArrays(
  name: string,
  text: string,
  only: string | undefined,
): ReadonlyMap<string, Value> {
  const json = parsed(name, text);
  if (isRecord(json)) {
    const entries = Object.entries(json);
    return new Map(entries.map(([key, list]) => [key, arrayOf(list, `"${name}", "${key}"`)]));
  }
  if (Array.isArray(json) && only !== undefined) {
    return new Map([[only, arrayOf(json, `"${name}"`)]]);
  }
  throw new ModelError(`"${name}" must be an object with an array for each input, by its name.`);
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(`"${name}" is no JSON: ${why}.`);
  }
}

/** Nested lists of one shape: numbers, truth values, or text. A single number has no dims. */
function arrayOf(list: unknown, place: string): Value {
  const dims: number[] = [];
  for (let inner: unknown = list; Array.isArray(inner); inner = inner[0]) dims.push(inner.length);
  const items: unknown[] = dims.length === 0 ? [list] : leaves(list, dims, place);
  if (items.length > 0 && items.every((item) => typeof item === 'string')) {
    return { dtype: 'string', dims, data: items };
  }
  const numbers = items.map((item) => (typeof item === 'boolean' ? Number(item) : item));
  if (numbers.every((item) => typeof item === 'number')) {
    return { dtype: 'float64', dims, data: Float64Array.from(numbers) };
  }
  throw new ModelError(`${place} holds something that is neither numbers nor text only.`);
}

function leaves(list: unknown, dims: readonly number[], place: string): unknown[] {
  let level: unknown[] = [list];
  for (const dim of dims) {
    const isEven = level.every((part) => Array.isArray(part) && part.length === dim);
    if (!isEven) {
      throw new ModelError(
        `${place}: the lists do not have one shape. Cut or pad all rows to the same length.`,
      );
    }
    level = level.flat(1);
  }
  return level;
}
