/**
 * Padding: tokens that fill a short text up, which a model's attention mask tells from the others.
 * They must not count, so their rows become rows of zeros.
 */
import { isNumeric, numbersOf } from '../evaluate/values.ts';
import type { Feeds, Value } from '../runtime.ts';
import type { Extension } from './extension.ts';

/** How the rows of a value follow the tokens of a mask [batch, time]. */
export interface MaskPattern {
  /** The model's input that holds the mask. */
  readonly mask: string;
  /** Which of batch and time changes last. */
  readonly first: 'batch' | 'time';
  /** Rows of each token. */
  readonly repeat: number;
}

/** Masks of the tokens of a run, [batch, time], by the input that they are fed to. */
export type Masks = ReadonlyMap<string, readonly [batch: number, time: number]>;

/** The masks among feeds. */
export function masksIn(feeds: Feeds): Masks {
  const entries = Object.entries(feeds).flatMap(([name, value]) => {
    const [batch, time, ...more] = value.dims;
    if (!/mask/i.test(name) || batch === undefined || time === undefined) return [];
    return more.length > 0 || !isNumeric(value) ? [] : [[name, [batch, time]] as const];
  });
  return new Map(entries);
}

/** Whether a mask leaves a token out. */
export function hasPadding(mask: Value): boolean {
  const numbers = numbersOf(mask);
  for (let at = 0; at < numbers.length; at++) if (numbers[at] === 0) return true;
  return false;
}

/**
 * How the rows of a value of these dims follow one of the masks of the same run. Undefined where none
 * fits, or where several do.
 */
export function patternOf(dims: readonly number[], masks: Masks): MaskPattern | undefined {
  const lead = dims.slice(0, -1);
  const patterns = [...masks].flatMap(([mask, [batch, time]]): MaskPattern[] => {
    const [first, second, ...rest] = lead;
    const repeat = rest.reduce((product, dim) => product * dim, 1);
    if (first === batch && second === time) return [{ mask, first: 'batch', repeat }];
    if (first === time && second === batch) return [{ mask, first: 'time', repeat }];
    const flat = lead.length === 1 && first === batch * time && time > 1;
    return flat ? [{ mask, first: 'batch', repeat: 1 }] : [];
  });
  return patterns.length === 1 ? patterns[0] : undefined;
}

/** The columns of zeros and ones that an extended graph takes beside its inputs. */
export class PaddingMasks {
  /** By the name of the value whose rows they tell. */
  readonly patterns: ReadonlyMap<string, MaskPattern>;
  readonly #inputs = new Map<string, { readonly name: string; readonly pattern: MaskPattern }>();

  constructor(patterns: ReadonlyMap<string, MaskPattern>) {
    this.patterns = patterns;
  }

  /** The input with the column of a value, where its rows follow a mask. */
  inputFor(to: Extension, value: string): string | undefined {
    const pattern = this.patterns.get(value);
    if (!pattern) return undefined;
    const id = `${pattern.mask} ${pattern.first} ${pattern.repeat}`;
    const name = this.#inputs.get(id)?.name ?? to.input('calibrate_mask', ['rows', 1]);
    this.#inputs.set(id, { name, pattern });
    return name;
  }

  /** The columns for a run with these feeds. */
  feeds(feeds: Feeds): Feeds {
    return Object.fromEntries(
      [...this.#inputs.values()].flatMap(({ name, pattern }) => {
        const mask = feeds[pattern.mask];
        return mask ? [[name, columnOf(mask, pattern)]] : [];
      }),
    );
  }
}

function columnOf(mask: Value, { first, repeat }: MaskPattern): Value {
  const [batch = 1, time = 1] = mask.dims;
  const numbers = numbersOf(mask);
  const data = new Float32Array(batch * time * repeat);
  for (let row = 0; row < batch; row++) {
    for (let at = 0; at < time; at++) {
      const place = first === 'batch' ? row * time + at : at * batch + row;
      const counts = numbers[row * time + at] === 0 ? 0 : 1;
      data.fill(counts, place * repeat, (place + 1) * repeat);
    }
  }
  return { dtype: 'float32', dims: [data.length, 1], data };
}
