/** The mark of a variant in plots: a shape for each family of techniques, drawn within ±1. */
import type { Recipe } from '../../core/compress/recipe.ts';
import { techniques } from '../../core/compress/techniques/index.ts';

export const shapes = {
  none: { label: 'original', path: 'M-1,0A1,1 0 1 1 1,0A1,1 0 1 1 -1,0Z' },
  quantize: { label: 'quantized', path: 'M-0.9,-0.9H0.9V0.9H-0.9Z' },
  prune: { label: 'pruned', path: 'M0,-1.15L1.1,0.85H-1.1Z' },
  factorize: { label: 'factorized', path: 'M0,-1.25L1.25,0L0,1.25L-1.25,0Z' },
  distill: { label: 'trained', path: 'M0,1.15L1.1,-0.85H-1.1Z' },
  several: {
    label: 'several kinds',
    path: 'M-0.4,-1.15H0.4V-0.4H1.15V0.4H0.4V1.15H-0.4V0.4H-1.15V-0.4H-0.4Z',
  },
} as const;

export type ShapeId = keyof typeof shapes;

/** The shape of what a recipe makes. Training beside another family mends what that one did, and is not named. */
export function shapeOf({ steps }: Recipe): ShapeId {
  const families = new Set<ShapeId>(steps.map(({ technique }) => techniques[technique].family));
  if (families.size > 1) families.delete('distill');
  const [only] = families;
  if (only === undefined) return 'none';
  return families.size === 1 ? only : 'several';
}
