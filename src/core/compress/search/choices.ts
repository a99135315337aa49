/** The ways to store a unit that a search chooses from, and recipes made of them. */
import type { ScaleType } from '../../math/grid.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Model } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import type { SampleKind } from '../calibration.ts';
import type { OptionValue } from '../options.ts';
import type { Override, Recipe, Step } from '../recipe.ts';
import type { StorageChoice } from '../search.ts';
import { gridOf, storedSize, type CodeStorage } from '../store-codes.ts';
import type { Count } from './stored.ts';

/** What rounds the weights in the end: a grid fit, or GPTQ. */
export type Method = 'search-fit' | 'gptq';

/** The method, and the samples that GPTQ looks at. */
export interface Finish {
  readonly method: Method;
  readonly data?: SampleKind;
  readonly samples?: number;
}

/** A way to store a unit, and how it is tried. */
export interface Way {
  readonly choice: StorageChoice;
  readonly storage?: CodeStorage;
  /** Run on the samples; the others of its bits are estimated from it. */
  readonly anchor: boolean;
}

interface Row {
  readonly bits: CodeStorage['bits'];
  readonly blockSize: number;
  readonly symmetric?: false;
  readonly scales?: ScaleType;
  readonly anchor?: true;
}

/** Ways that differ in bytes of the file. 3, 5 and 6 bits take the bytes of 4 and 8 there, and are left out. */
const storedRows: readonly Row[] = [
  { bits: 8, blockSize: 0, anchor: true },
  { bits: 4, blockSize: 16 },
  { bits: 4, blockSize: 32, symmetric: false },
  { bits: 4, blockSize: 16, scales: 'int8' },
  { bits: 4, blockSize: 32, anchor: true },
  { bits: 4, blockSize: 32, scales: 'int8' },
  { bits: 4, blockSize: 64 },
  { bits: 4, blockSize: 128 },
  { bits: 2, blockSize: 16 },
  { bits: 2, blockSize: 16, scales: 'int8' },
  { bits: 2, blockSize: 32, anchor: true },
  { bits: 2, blockSize: 64 },
];

/** Ways that differ in what is left after coding: codes of whole channels take what they tell. */
const codedRows: readonly Row[] = [
  { bits: 8, blockSize: 0, anchor: true },
  { bits: 6, blockSize: 0 },
  { bits: 5, blockSize: 0 },
  { bits: 5, blockSize: 64 },
  { bits: 4, blockSize: 32 },
  { bits: 4, blockSize: 64, anchor: true },
  { bits: 4, blockSize: 128 },
  { bits: 3, blockSize: 32 },
  { bits: 3, blockSize: 64 },
  { bits: 2, blockSize: 16 },
  { bits: 2, blockSize: 32, anchor: true },
  { bits: 2, blockSize: 64 },
];

/** The ways with at least so many bits, most bits first; the first of all leaves the weights as they are. */
export function waysFor(
  weights: readonly Weight[],
  {
    lowest,
    finish,
    count,
  }: { readonly lowest: number; readonly finish: Finish; readonly count: Count },
): readonly Way[] {
  const coded = (count === 'stored' ? storedRows : codedRows)
    .filter(({ bits }) => bits >= lowest)
    .flatMap(({ bits, blockSize, symmetric = true, scales = 'float16', anchor = false }): Way[] => {
      const storage: CodeStorage = { bits, blockSize, symmetric, scales };
      // Where no channel has enough blocks for 8-bit scales, they are float16 and this is another way.
      const takes = (weight: Weight) => gridOf(weight, storage).scaleType === scales;
      if (scales === 'int8' && !weights.some(takes)) return [];
      const id = `${bits}-${blockSize}${symmetric ? '' : '-zero'}${scales === 'int8' ? '-int8' : ''}`;
      return [{ choice: choiceOf(id, storage, finish, weights), storage, anchor }];
    });
  return [untouchedOf(weights), ...coded];
}

/**
 * One way for each number of bits, in the order given, each to be run: whole channels at 8 bits, blocks
 * of 32 below. The first of all leaves the weights as they are.
 */
export function waysOfWidths(
  weights: readonly Weight[],
  widths: readonly CodeStorage['bits'][],
): readonly Way[] {
  const ways = widths.map((bits): Way => {
    const storage: CodeStorage = {
      bits,
      blockSize: bits === 8 ? 0 : 32,
      symmetric: true,
      scales: 'float16',
    };
    const choice = choiceOf(String(bits), storage, { method: 'search-fit' }, weights);
    return { choice, storage, anchor: true };
  });
  return [untouchedOf(weights), ...ways];
}

const largestOf = (weights: readonly Weight[]): Weight | undefined =>
  weights.reduce<Weight | undefined>(
    (most, one) => (most && elementCount(most.tensor) >= elementCount(one.tensor) ? most : one),
    undefined,
  );

function choiceOf(
  id: string,
  storage: CodeStorage,
  finish: Finish,
  weights: readonly Weight[],
): StorageChoice {
  const largest = largestOf(weights);
  const bits = largest
    ? (8 * storedSize(largest, storage)) / elementCount(largest.tensor)
    : storage.bits;
  return { id, label: labelOf(storage), bits, step: stepOf(storage, finish) };
}

function untouchedOf(weights: readonly Weight[]): Way {
  const largest = largestOf(weights);
  const bits = largest ? (8 * largest.bytes) / elementCount(largest.tensor) : 32;
  return { choice: { id: 'untouched', label: 'as it is', bits }, anchor: false };
}

const labelOf = ({ bits, blockSize, symmetric, scales }: CodeStorage): string =>
  `${bits} bits, ${blockSize === 0 ? 'whole channels' : `block ${blockSize}`}` +
  `${symmetric ? '' : ', zero points'}${scales === 'int8' ? ', 8-bit scales' : ''}`;

/** The step that stores weights so. */
export function stepOf({ bits, blockSize, symmetric, scales }: CodeStorage, finish: Finish): Step {
  const { method, ...data } = finish;
  const options = { bits, blockSize, symmetric, scales };
  // The block sizes of the rows are among those that both techniques offer.
  return (
    method === 'gptq'
      ? { technique: 'quantize-gptq', options: { ...options, ...data } }
      : { technique: 'quantize-block', options }
  ) as Step;
}

/** What a step does to some weights alone. */
export const onlyFor = (step: Step, keys: readonly string[]): Step => ({
  ...step,
  select: { include: keys },
});

/** Which step each weight takes, by key; weights without one stay as they are. */
export type Assignment = ReadonlyMap<string, Step>;

/**
 * An ordinary recipe that stores the weights of `model` so: one step for each technique, with the
 * options of most of its weights and overrides for the others.
 */
export function recipeOf(model: Model, assignment: Assignment): Recipe {
  const techniques = [...new Set([...assignment.values()].map(({ technique }) => technique))];
  const steps = techniques.map((technique) => {
    const own = [...assignment].filter(([, step]) => step.technique === technique);
    const [common] = byOptions(own);
    const [options, most] = common!;
    const others = own.filter(([key]) => !most.includes(key));
    // A name that holds an asterisk also matches others: it comes first, since later overrides win.
    const patterns = others.filter(([key]) => isPattern(key));
    const named = patterns.length > 0 ? own.filter(([key]) => !isPattern(key)) : others;
    const overrides = [...patterns, ...named].map(([match, step]): Override => ({
      match,
      options: optionsOf(step),
    }));
    const select = {
      ...selectionOf(
        model,
        own.map(([key]) => key),
      ),
      ...(overrides.length > 0 ? { overrides } : {}),
    };
    return {
      technique,
      options,
      ...(Object.keys(select).length > 0 ? { select } : {}),
    };
  });
  return { version: 1, seed: 0, steps };
}

const isPattern = (text: string): boolean => /[*?]/.test(text);

const optionsOf = ({ options = {} }: Step): Readonly<Record<string, OptionValue>> => options;

/** Options with the keys of the weights that have them, most weights first. */
function byOptions(
  weights: readonly (readonly [string, Step])[],
): (readonly [Readonly<Record<string, OptionValue>>, string[]])[] {
  const groups = new Map<string, readonly [Readonly<Record<string, OptionValue>>, string[]]>();
  for (const [key, step] of weights) {
    const text = JSON.stringify(step.options);
    const group = groups.get(text) ?? ([optionsOf(step), []] as const);
    groups.set(text, group);
    group[1].push(key);
  }
  return [...groups.values()].sort((a, b) => b[1].length - a[1].length);
}

/** The shorter way to say it: these and no others, or all but the others. */
function selectionOf(model: Model, keys: readonly string[]) {
  const taken = new Set(keys);
  const others = findWeights(model).flatMap(({ key }) => (taken.has(key) ? [] : [key]));
  if (others.length === 0) return {};
  const isShorter = keys.some(isPattern) || others.length < keys.length;
  return isShorter && !others.some(isPattern) ? { exclude: others } : { include: keys };
}
