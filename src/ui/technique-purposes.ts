/** What techniques are for, as the page groups them. */
import { techniqueIds, type TechniqueId } from '../core/compress/techniques/index.ts';

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

const table: Readonly<Record<TechniqueId, Purpose>> = {
  'quantize-block': 'round',
  'quantize-gptq': 'round',
  'quantize-rate': 'round',
  'cast-float16': 'round',
  'quantize-dynamic': 'activations',
  'quantize-static': 'activations',
  'fold-batchnorm': 'prepare',
  equalize: 'prepare',
  smooth: 'prepare',
  awq: 'prepare',
  rotate: 'prepare',
  dequantize: 'prepare',
  'correct-bias': 'mend',
  repair: 'mend',
  'mixed-precision': 'search',
  target: 'search',
  'prune-magnitude': 'prune',
  'factorize-svd': 'factorize',
  distill: 'distill',
  heal: 'distill',
};

/** What a technique is for. */
export const purposeOf = (id: TechniqueId): Purpose => table[id];

/** The purposes that there are techniques for, with those, in the order of both tables. */
export const techniquesByPurpose: readonly (readonly [Purpose, readonly TechniqueId[]])[] = (
  Object.keys(purposes) as Purpose[]
)
  .map((purpose) => [purpose, techniqueIds.filter((id) => purposeOf(id) === purpose)] as const)
  .filter(([, ids]) => ids.length > 0);
