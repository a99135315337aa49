/** What the quality benchmarks compress with. */
import { presets } from '../../src/core/compress/presets.ts';
import type { Recipe, Step } from '../../src/core/compress/recipe.ts';

const of = (...steps: Step[]): Recipe => ({ version: 1, seed: 0, steps });
const rounded = (bits: 8 | 4 | 2): Recipe =>
  of({ technique: 'quantize-block', options: { bits, blockSize: 32 } });
const pruned = (sparsity: number): Recipe =>
  of({ technique: 'prune-magnitude', options: { sparsity, scope: 'layer' } });

/** By the name that stands in the benchmark's table. */
export const recipes: Readonly<Record<string, Recipe>> = {
  'as it is': of(),
  '8 bits, block 32': rounded(8),
  '4 bits, block 32': rounded(4),
  '2 bits, block 32': rounded(2),
  '50 % zeros': pruned(0.5),
  '80 % zeros': pruned(0.8),
  '90 % zeros': pruned(0.9),
  'half rank': presets['rank-half'].recipe,
};
