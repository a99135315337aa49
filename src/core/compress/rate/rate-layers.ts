/** The weights of a model while steps are sought for them: rounded again and again until their bits meet the budget. */
import type { Site } from '../../calibrate/sites.ts';
import { countBytes, entropyOfCounts } from '../../coding/entropy.ts';
import type { FloatScale } from '../../math/grid.ts';
import { rateCode, type RateInput } from '../../math/rate-layer.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { BlockForm } from '../block-form.ts';
import { loadFinite } from '../dense.ts';
import type { Context } from '../technique.ts';
import { channelSteps } from './channel-steps.ts';
import { sideBySide } from './side-by-side.ts';

/** A weight after it was rounded. */
export interface Rounded {
  /** [axis, output channels]. */
  readonly codes: Int8Array<ArrayBuffer>;
  /** For each output channel, as they will be stored. */
  readonly steps: Float32Array<ArrayBuffer>;
  readonly scaleType: FloatScale;
  /** What codes and steps take when they are coded by how often each occurs. */
  readonly bits: number;
}

/** A weight to be rounded; without a site nothing is known of what it is multiplied with. */
export interface RateLayer {
  readonly weight: Weight;
  readonly form: BlockForm;
  readonly site?: Site;
}

/** What feeds a layer: factors and Gram matrices. */
export type LayerInputs = Pick<RateInput, 'factors' | 'gram' | 'heldOut'>;

/** Rounds a weight with steps of `factor` deviations. Errors: ModelError for a NaN. */
export async function roundLayer(
  { weight, form: { layout }, site }: RateLayer,
  inputs: LayerInputs | undefined,
  factor: number,
  { crew, signal }: Pick<Context, 'crew' | 'signal'>,
): Promise<Rounded> {
  const weights = sideBySide(await loadFinite(weight), layout);
  const { axis, outer, inner } = layout;
  const rows = outer * inner;
  const chosen = channelSteps(weights, rows, factor);
  const { steps } = chosen;
  if (!inputs || !site) {
    const codes = Int8Array.from(weights, (value, at) => rateCode(value, steps[at % rows]!));
    return { ...chosen, codes, bits: entropyOfCounts(countBytes(codes)) + bitsOfSteps(steps) };
  }
  const layer = { weights, axis, rows, groups: site.groups, steps, ...inputs };
  const { codes, bits } = await crew.run('rate-layer', layer, signal);
  return { ...chosen, codes, bits: bits + bitsOfSteps(steps) };
}

function bitsOfSteps(steps: Float32Array): number {
  const counts = new Map<number, number>();
  for (const step of steps) counts.set(step, (counts.get(step) ?? 0) + 1);
  return entropyOfCounts([...counts.values()]);
}
