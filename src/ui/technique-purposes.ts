/** What techniques are for, as the page groups them. */
import { techniqueIds, techniques, type TechniqueId } from '../core/compress/techniques/index.ts';

/** In the order in which a recipe has most use for them. */
export const purposes = {
  prepare: 'Prepare, without changing answers',
  round: 'Round weights',
  activations: 'Round activations too',
  mend: 'Mend without training',
  search: 'Search',
  prune: 'Prune',
  factorize: 'Factorize',
  distill: 'Distill and heal',
} as const;

export type Purpose = keyof typeof purposes;

/** Of the techniques that round or prepare for it; the family says the same of the others. */
const roundingPurposes: Readonly<Record<string, Purpose>> = {
  'quantize-block': 'round',
  'quantize-gptq': 'round',
  'quantize-rate': 'round',
  'cast-float16': 'round',
  'quantize-dynamic': 'activations',
  'quantize-static': 'activations',
  dequantize: 'prepare',
  'fold-batchnorm': 'prepare',
  equalize: 'prepare',
  smooth: 'prepare',
  awq: 'prepare',
  rotate: 'prepare',
  'correct-bias': 'mend',
  repair: 'mend',
  'mixed-precision': 'search',
  target: 'search',
};

/** What a technique is for. */
export function purposeOf(id: TechniqueId): Purpose {
  const { family } = techniques[id];
  return family === 'quantize' ? (roundingPurposes[id] ?? 'round') : family;
}

/** The purposes that there are techniques for, with those, in the order of both tables. */
export const techniquesByPurpose: readonly (readonly [Purpose, readonly TechniqueId[]])[] = (
  Object.keys(purposes) as Purpose[]
)
  .map((purpose) => [purpose, techniqueIds.filter((id) => purposeOf(id) === purpose)] as const)
  .filter(([, ids]) => ids.length > 0);
