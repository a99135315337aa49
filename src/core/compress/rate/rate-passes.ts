/** Rounds all weights of a model, site by site, as often as it takes to find the step that meets the budget. */
import type { Site } from '../../calibrate/sites.ts';
import type { InputStatistics } from '../../calibrate/statistics.ts';
import { exp2 } from '../../math/logarithm.ts';
import type { Model } from '../../onnx/types.ts';
import { loadFinite } from '../dense.ts';
import type { SampleKind } from '../calibration.ts';
import { visitSites } from '../fold/visit-sites.ts';
import type { Context } from '../technique.ts';
import type { CellOf } from './fold-ratios.ts';
import { isMet, nextFactor, type Trial } from './meet-budget.ts';
import { roundLayer, type LayerInputs, type RateLayer, type Rounded } from './rate-layers.ts';
import { sideBySide } from './side-by-side.ts';
import { chooseRounding, inputsFor, type SiteRounding } from './site-rounding.ts';

/** What is known of the inputs of each site, while it fits into memory: else it is collected anew for each pass. */
type Remembered = Map<string, { readonly site: Site; readonly statistics: InputStatistics }>;

/** In bytes. */
const mostRemembered = 2 ** 28;

export interface RateChoice {
  /** Bits for a weight, all weights together. */
  readonly bits: number;
  readonly data: SampleKind;
  readonly samples: number;
}

/** Passes over all weights, at most. */
const mostTrials = 4;

/** What is known before anything is rounded. */
export interface Survey {
  readonly roundings: ReadonlyMap<Site, SiteRounding>;
  /** Absent where the statistics are too large to be kept. */
  readonly remembered: Remembered | undefined;
  /** "400 samples of reviews.txt, 12,800 rows"; absent where there was no site. */
  readonly from: string | undefined;
}

/** All layers rounded, by key, and their bits for a weight. */
export interface Found {
  readonly rounded: ReadonlyMap<string, Rounded>;
  readonly bits: number;
}

/** How the weights of each site are rounded, and what that was found out from. */
export async function chooseRoundings(
  model: Model,
  layers: readonly RateLayer[],
  cellOf: CellOf,
  choice: RateChoice,
  context: Context,
): Promise<Survey> {
  const remembered: Remembered = new Map();
  let room = mostRemembered;
  const roundings = new Map<Site, SiteRounding>();
  const byKey = new Map(layers.map((layer) => [layer.weight.key, layer] as const));
  const { from } = await visitSites(
    model,
    layers.map(({ weight }) => weight),
    choice,
    context,
    async (site, statistics) => {
      // Two shares, and a factor.
      room -= 3 * statistics.gram.byteLength;
      if (room >= 0) remembered.set(site.key, { site, statistics });
      const layer = site.weights.flatMap((key) => byKey.get(key) ?? [])[0];
      if (!layer) return;
      context.progress(0, mostTrials * layers.length, layer.weight.key);
      const weights = sideBySide(await loadFinite(layer.weight), layer.form.layout);
      const folds = cellOf(site) !== undefined;
      const { crew, signal } = context;
      const { factors, ...rounding } = await chooseRounding(
        statistics,
        weights,
        folds,
        crew,
        signal,
      );
      roundings.set(site, factors && room >= 0 ? { ...rounding, factors } : rounding);
    },
  );
  return { roundings, remembered: room >= 0 ? remembered : undefined, from };
}

export class RatePasses {
  private readonly model: Model;
  private readonly layers: readonly RateLayer[];
  private readonly roundings: ReadonlyMap<string, SiteRounding>;
  private readonly remembered: Remembered | undefined;
  private readonly choice: RateChoice;
  private readonly context: Context;
  private done = 0;

  /** `model` is the one that is run, `layers` are those of the model with ratios. */
  constructor(
    model: Model,
    layers: readonly RateLayer[],
    { roundings, remembered }: Survey,
    choice: RateChoice,
    context: Context,
  ) {
    this.remembered = remembered;
    this.model = model;
    this.layers = layers;
    this.roundings = new Map([...roundings].map(([{ key }, one]) => [key, one]));
    this.choice = choice;
    this.context = context;
  }

  /** The codes of all layers, by key, with steps that meet the budget or come near. Errors: those of `roundLayer` and `visitSites`. */
  async search(): Promise<Found> {
    const { bits: budget } = this.choice;
    const trials: Trial[] = [];
    let best: Found | undefined;
    // Normal numbers rounded at a step of their deviation take 2.05 bits.
    for (let factor = exp2(2.05 - budget); ; factor = nextFactor(trials, budget)) {
      const rounded = await this.pass(factor);
      const bits = bitsOf(rounded);
      trials.push({ factor, bits });
      if (!best || Math.abs(bits - budget) < Math.abs(best.bits - budget)) best = { rounded, bits };
      if (trials.length === mostTrials || isMet(trials, budget)) return best;
    }
  }

  /** Rounds every layer once. */
  private async pass(factor: number): Promise<ReadonlyMap<string, Rounded>> {
    const { model, layers, choice, context } = this;
    const { crew, signal } = context;
    const rounded = new Map<string, Rounded>();
    const round = async (layer: RateLayer, inputs?: LayerInputs): Promise<void> => {
      signal.throwIfAborted();
      rounded.set(layer.weight.key, await roundLayer(layer, inputs, factor, context));
      this.tell(layer);
    };
    const sited = layers.filter(({ site }) => site);
    const byKey = new Map(sited.map((layer) => [layer.weight.key, layer] as const));
    const visit = async (site: Site, statistics: InputStatistics): Promise<void> => {
      const rounding = this.roundings.get(site.key);
      if (!rounding) return;
      const inputs = await inputsFor(statistics, rounding, crew, signal);
      await Promise.all(
        site.weights.flatMap((key) => {
          const layer = byKey.get(key);
          return layer ? [round(layer, inputs)] : [];
        }),
      );
    };
    if (this.remembered) {
      for (const { site, statistics } of this.remembered.values()) await visit(site, statistics);
    } else {
      const weights = sited.map(({ weight }) => weight);
      await visitSites(model, weights, choice, context, visit);
    }
    for (const layer of layers) if (!rounded.has(layer.weight.key)) await round(layer);
    return rounded;
  }

  private tell({ weight }: RateLayer): void {
    this.done++;
    const total = mostTrials * this.layers.length;
    this.context.progress(this.done, total, weight.key);
  }
}

/** Bits for a weight, all weights together. */
function bitsOf(rounded: ReadonlyMap<string, Rounded>): number {
  let [bits, count] = [0, 0];
  for (const one of rounded.values()) {
    bits += one.bits;
    count += one.codes.length;
  }
  return count === 0 ? 0 : bits / count;
}
