/** The stops of the scrubber: what each does to the whole of the original, in one step. */
import { emptyRecipe, type Recipe, type Step } from '../../core/compress/recipe.ts';
import type { TechniqueId } from '../../core/compress/techniques/index.ts';
import type { QuantizedForm } from '../../core/onnx/quantized-form.ts';
import { bitsOf } from '../../core/onnx/tensor.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import { uselessness } from '../words/technique-words.ts';

export interface Stop {
  /** Unlike that of any other stop of any scale. */
  readonly id: string;
  /** `4 bits`. */
  readonly label: string;
  /** Below the track: `4`. */
  readonly tick: string;
  /** No steps for the original. */
  readonly recipe: Recipe;
}

export interface Scale {
  readonly label: string;
  /** What the numbers below the track are. */
  readonly unit: string;
  readonly technique: TechniqueId;
  /** What moves along the scale, in a sentence. */
  readonly summary: string;
  /** From the original to the most that can be done. */
  readonly stops: readonly Stop[];
}

export type ScaleId = 'bits' | 'sparsity' | 'rank';

/** The little of a weight that the stops follow from. */
export interface StopWeight {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly quantized: boolean;
  readonly form?: QuantizedForm;
}

/** Keys of the weights that each technique can change; undefined while that is not known. */
type Targets = Readonly<Record<TechniqueId, readonly string[]>> | undefined;

const of = (step: Step): Recipe => ({ version: 1, seed: 0, steps: [step] });

const original = (scale: ScaleId, label: string, tick: string): Stop => ({
  id: `${scale}:original`,
  label,
  tick,
  recipe: emptyRecipe,
});

/** Blocks as the presets have them, so that a stop and a preset are the same variant. */
const blockOf = (bits: number): 32 | 128 => (bits > 4 ? 128 : 32);

const roundedTo = [8, 6, 5, 4, 3, 2, 1] as const;

/** Codes are stored in 8, 4 or 2 bits. */
const storedIn = (bits: number): number => (bits > 4 ? 8 : bits > 2 ? 4 : 2);

function bitsLabel(bits: number): string {
  const stored = storedIn(bits);
  return `${bits} ${bits === 1 ? 'bit' : 'bits'}${stored === bits ? '' : ` (stored in ${stored})`}`;
}

/** In how many bits the original holds most of its weights. */
function storedBits(weights: readonly StopWeight[]): number {
  const counts = new Map<number, number>();
  for (const { dtype, dims } of weights) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    counts.set(bitsOf(dtype), (counts.get(bitsOf(dtype)) ?? 0) + size);
  }
  const [first] = [...counts].sort((a, b) => b[1] - a[1]);
  return first?.[0] ?? 32;
}

function bitStops(weights: readonly StopWeight[]): readonly Stop[] {
  const stored = storedBits(weights);
  const half: Stop = {
    id: 'bits:16',
    label: '16 bits',
    tick: '16',
    recipe: of({ technique: 'cast-float16' }),
  };
  return [
    original('bits', `${stored} bits, as stored`, `${stored}`),
    ...(stored > 16 ? [half] : []),
    ...roundedTo.map((bits) => ({
      id: `bits:${bits}`,
      label: bitsLabel(bits),
      tick: `${bits}`,
      recipe: of({ technique: 'quantize-block', options: { bits, blockSize: blockOf(bits) } }),
    })),
  ];
}

/** Percent. */
const shares = Array.from({ length: 19 }, (_, index) => 5 * (index + 1));

const sparsityStops = (): readonly Stop[] => [
  original('sparsity', 'no zeros added', '0'),
  ...shares.map((percent) => ({
    id: `sparsity:${percent}`,
    label: `${percent} % zeros`,
    tick: `${percent}`,
    recipe: of({ technique: 'prune-magnitude', options: { sparsity: percent / 100 } }),
  })),
];

/** One in so many of the numbers, and the share that the option takes. */
const ratios = [
  [2, 0.5],
  [3, 0.33],
  [4, 0.25],
  [6, 0.17],
  [8, 0.12],
  [12, 0.08],
  [16, 0.06],
] as const;

const rankStops = (): readonly Stop[] => [
  original('rank', 'full rank', 'full'),
  ...ratios.map(([parts, ratio]) => ({
    id: `rank:${parts}`,
    label: `low rank, ${Math.round(100 * ratio)} % of the numbers`,
    tick: `1/${parts}`,
    recipe: of({ technique: 'factorize-svd', options: { rank: 'ratio', ratio } }),
  })),
];

/** The three scales for a model with these weights. */
export const scalesOf = (weights: readonly StopWeight[]): Readonly<Record<ScaleId, Scale>> => ({
  bits: {
    label: 'Bits',
    unit: 'bits for each weight',
    technique: 'quantize-block',
    summary: 'Every weight rounded to fewer bits, in blocks with a scale each.',
    stops: bitStops(weights),
  },
  sparsity: {
    label: 'Sparsity',
    unit: '% of each layer’s weights set to zero; zeros are still stored',
    technique: 'prune-magnitude',
    summary:
      'The smallest weights of each layer set to zero. Zeros are still stored: only the coded or zipped file becomes smaller.',
    stops: sparsityStops(),
  },
  rank: {
    label: 'Rank',
    unit: 'of each layer’s numbers kept',
    technique: 'factorize-svd',
    summary: 'Each layer split into two thin ones, with fewer and fewer numbers.',
    stops: rankStops(),
  },
});

export const scaleIds: readonly ScaleId[] = ['bits', 'sparsity', 'rank'];

/** Why a scale would change nothing, as a sentence; undefined where it does, or while nobody knows. */
export function scaleObstacle(
  { technique, label }: Scale,
  weights: readonly StopWeight[],
  targets: Targets,
): string | undefined {
  const count = targets?.[technique].length;
  const why = uselessness(technique, weights, count, []);
  return why && `${label}: ${why}`;
}

/** The place of the stop that a recipe is; −1 for a recipe of the visitor's own. */
export function stopOf({ stops }: Scale, recipe: Recipe): number {
  const text = JSON.stringify(recipe);
  return stops.findIndex((stop) => JSON.stringify(stop.recipe) === text);
}

/** The stops from the nearest to the farthest; of two as near the one that does more first. */
export const nearestFirst = (stops: readonly Stop[], at: number): readonly Stop[] =>
  stops
    .map((stop, place) => ({ stop, apart: Math.abs(place - at) - (place > at ? 0.5 : 0) }))
    .sort((a, b) => a.apart - b.apart)
    .map(({ stop }) => stop);
