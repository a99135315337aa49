/** Which examples are chosen of a set before the visitor chooses. */
import type { SetChoice, SetOffer } from '../../bridge/evaluation.ts';
import type { LinkedSet } from '../link/link.ts';

/** Of sets that are drawn. */
export const largestSeed = 999_999;

/** The set that a link names, else held-out examples, which say more than the few that the task shows; undefined of none. */
export function firstChoice(
  offers: readonly SetOffer[],
  wished: LinkedSet | undefined,
): SetChoice | undefined {
  const first =
    offers.find(({ id }) => id === wished?.id) ??
    offers.find(({ id }) => id === 'drawn' || id === 'pairs') ??
    offers[0];
  return first && choiceOf(first, wished);
}

/** The middle size of an offer, where there is a choice, unless it is wished otherwise and can be. */
export function choiceOf({ id, sizes, seeded }: SetOffer, wished?: LinkedSet): SetChoice {
  const own = wished?.id === id ? wished : undefined;
  const size = sizes.find((one) => one === own?.size) ?? sizes[Math.min(1, sizes.length - 1)];
  return {
    id,
    ...(sizes.length > 1 && size !== undefined ? { size } : {}),
    ...(seeded ? { seed: Math.min(largestSeed, own?.seed ?? 0) } : {}),
  };
}
