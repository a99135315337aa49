import { expect, test } from 'vitest';

import { emptyRecipe, type Step } from '../../../src/core/compress/recipe.ts';
import { shapeOf } from '../../../src/ui/lab/shapes.ts';

const rounded: Step = { technique: 'quantize-block' };
const pruned: Step = { technique: 'prune-magnitude' };
const healed: Step = { technique: 'heal' };

test.each<[string, readonly Step[], string]>([
  ['nothing', [], 'none'],
  ['rounding', [rounded], 'quantize'],
  ['rounding and healing', [rounded, healed], 'quantize'],
  ['healing alone', [healed], 'distill'],
  ['pruning and rounding', [pruned, rounded], 'several'],
  ['a low rank', [{ technique: 'factorize-svd' }], 'factorize'],
])('%s has a shape', (_, steps, shape) => {
  expect(shapeOf({ ...emptyRecipe, steps })).toBe(shape);
});
