/** What holds each weight of one model in another that was made from it. */
import { heirsOf } from '../compress/diff.ts';
import type { Model } from '../onnx/types.ts';
import type { Weight } from '../onnx/weights.ts';

/** A weight of the original, and what holds it in another model. */
export interface Succession {
  readonly weight: Weight;
  readonly heirs: readonly Weight[];
}

const known = new WeakMap<Model, WeakMap<Model, ReadonlyMap<string, Succession>>>();

/** What holds each weight of `original` in `side`, by key. Remembered per pair. */
export function successors(original: Model, side: Model): ReadonlyMap<string, Succession> {
  const sides = known.get(original) ?? new WeakMap<Model, ReadonlyMap<string, Succession>>();
  known.set(original, sides);
  const remembered = sides.get(side);
  if (remembered) return remembered;
  const found = new Map(
    Array.from(heirsOf(original, side), ([weight, heirs]) => [weight.key, { weight, heirs }]),
  );
  sides.set(side, found);
  return found;
}

/** The keys, in the original, of what `side` holds of its weights, by their keys there. */
export const originalKeys = (original: Model, side: Model): ReadonlyMap<string, string> =>
  new Map(
    Array.from(successors(original, side)).flatMap(([key, { heirs }]) =>
      heirs.map((heir) => [heir.key, key] as const),
    ),
  );
