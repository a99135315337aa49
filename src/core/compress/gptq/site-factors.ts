/** What all weights of a site share: its Gram matrices, where workers can read them, and their factors. */
import { shareable, type Crew } from '../../kernels/crew.ts';
import type { GptqFactor } from '../../math/gptq-factor.ts';
import type { GroupFactors } from '../../math/gptq-layer.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import type { GptqOptions } from './options.ts';

/** How much damping is tried. Less than the first made no difference on held-out inputs, or did harm. */
const tried = [0.03, 0.1, 0.3, 1];
/** Layers with more inputs try the customary one alone: each factor of theirs takes more than 32 MB. */
const widest = 2048;
const customary = [0.1];

export interface SiteFactors {
  readonly statistics: InputStatistics;
  readonly gram: Float64Array;
  readonly heldOut: Float64Array;
  /** For each damping that is tried, the factors of all groups. */
  readonly candidates: readonly GroupFactors[];
}

/** Errors: the signal's reason, RuntimeError. */
export async function factorsOf(
  statistics: InputStatistics,
  { damping, order }: Pick<GptqOptions, 'damping' | 'order'>,
  crew: Crew,
  signal: AbortSignal,
): Promise<SiteFactors> {
  const { channels: axis, groups, heldOutRows } = statistics;
  const gram = shareable(statistics.gram);
  const heldOut = heldOutRows > 0 ? shareable(statistics.heldOut) : gram;
  const dampings = damping !== 'auto' ? [damping] : axis > widest ? customary : tried;
  const candidates = await Promise.all(
    dampings.map(async (one) => {
      const input = { gram, axis, groups, damping: one, order };
      return (await crew.run('gptq-factors', input, signal)).map(withSharedMemory);
    }),
  );
  return { statistics, gram, heldOut, candidates };
}

const withSharedMemory = (factor: GptqFactor | undefined): GptqFactor | undefined =>
  factor && { ...factor, upper: shareable(factor.upper) };
