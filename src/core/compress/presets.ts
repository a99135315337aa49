/** Recipes with a name: where most people start. */
import type { Recipe, Step } from './recipe.ts';

export interface Preset {
  readonly label: string;
  /** One sentence for people: what they get and what it costs. */
  readonly summary: string;
  readonly recipe: Recipe;
}

const of = (...steps: readonly Step[]): Recipe => ({ version: 1, seed: 0, steps });

/** By id, as the command line and links use them. */
export const presets = {
  int8: {
    label: '8-bit',
    summary: 'A quarter of the size; the answers stay the same in all but rare cases.',
    recipe: of({ technique: 'quantize-block', options: { bits: 8, blockSize: 128 } }),
  },
  int4: {
    label: '4-bit',
    summary: 'A seventh of the size; larger models hardly notice, small ones do.',
    recipe: of({ technique: 'quantize-block', options: { bits: 4, blockSize: 32 } }),
  },
  int2: {
    label: '2-bit',
    summary: 'A twelfth of the size; shows where rounding alone stops working.',
    recipe: of({ technique: 'quantize-block', options: { bits: 2, blockSize: 32 } }),
  },
  'best-4bit': {
    label: 'Best 4-bit',
    summary:
      'As small as 4-bit, with less error: on samples, later weights make up for earlier ones.',
    recipe: of({ technique: 'quantize-gptq', options: { bits: 4, blockSize: 32 } }),
  },
  'smallest-download': {
    label: 'Smallest download',
    summary:
      'The best answers for the bytes of the coded file; in memory each weight takes a byte, and the download is coded.',
    recipe: of({ technique: 'quantize-rate' }),
  },
  'within-1-percent': {
    label: 'Smallest within 1 %',
    summary:
      'Tries what there is and keeps the smallest of which at most 1 in 100 answers changes; takes minutes.',
    recipe: of({ technique: 'target', options: { wish: 'flips', percent: 1 } }),
  },
  'fast-int8': {
    label: 'Fast 8-bit',
    summary:
      'Products in 8-bit integers: faster on WASM where it reads many words at once, no faster where it writes.',
    recipe: of({ technique: 'quantize-dynamic' }),
  },
  'fast-int8-images': {
    label: 'Fast 8-bit, images',
    summary:
      'Convolutions in 8-bit integers, their ranges measured on samples: faster on WASM, not on WebGPU.',
    recipe: of({ technique: 'quantize-static' }),
  },
  'prune-50': {
    label: '50 % zeros',
    summary:
      'Sets the smaller half of each layer to zero; only a coded or zipped file becomes smaller.',
    recipe: of({ technique: 'prune-magnitude', options: { sparsity: 0.5 } }),
  },
  'prune-90': {
    label: '90 % zeros',
    summary: 'Leaves the largest tenth of each layer; most models need healing afterwards.',
    recipe: of({ technique: 'prune-magnitude', options: { sparsity: 0.9 } }),
  },
  'rank-half': {
    label: 'Low rank',
    summary: 'Splits each layer into two thin ones with half of its numbers; saves time as well.',
    recipe: of({ technique: 'factorize-svd', options: { rank: 'ratio', ratio: 0.5 } }),
  },
} as const satisfies Record<string, Preset>;

export type PresetId = keyof typeof presets;
