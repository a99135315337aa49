/** In which parts a model is compressed, so that each sees the inputs that those before it leave. */
import { stagesOf } from '../../calibrate/collect.ts';
import type { Site } from '../../calibrate/sites.ts';
import type { Role, Weight } from '../../onnx/weights.ts';

/** Each part runs the model from its beginning. More of them take long and gain little. */
const mostParts = 8;

/** Roles with which a block of a transformer begins, and what comes after the blocks. */
const beginnings: ReadonlySet<Role> = new Set<Role>(['attention-q', 'attention-qkv', 'head']);

/**
 * Sites in parts, in their order: blocks of a transformer together, other networks in runs of equal
 * length, none too large for the memory of its Gram matrices. One run where nothing is fed back.
 */
export function partsFor(
  sites: readonly Site[],
  weights: readonly Weight[],
  inputs: 'compressed' | 'original',
): readonly (readonly Site[])[] {
  if (inputs === 'original') return stagesOf(sites);
  const roles = new Map(weights.map(({ key, role }) => [key, role]));
  const begins = (site: Site) => site.weights.some((key) => beginnings.has(roles.get(key)!));
  const blocks: Site[][] = [];
  for (const site of sites) {
    const last = blocks[blocks.length - 1];
    if (last && !begins(site)) last.push(site);
    else blocks.push([site]);
  }
  const units = blocks.length > 2 ? blocks : sites.map((site) => [site]);
  const perPart = Math.ceil(units.length / mostParts);
  const parts = Array.from({ length: Math.ceil(units.length / perPart) }, (_, part) =>
    units.slice(part * perPart, (part + 1) * perPart).flat(),
  );
  return parts.flatMap((part) => stagesOf(part));
}
