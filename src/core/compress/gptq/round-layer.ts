/** GPTQ of one weight: tries dampings on some of its channels, then rounds all of them in jobs. */
import type { Crew } from '../../kernels/crew.ts';
import type { LayerInput, TrialResult } from '../../math/gptq-layer.ts';
import type { CodedBlocks, Grid } from '../../math/grid.ts';
import type { BlockForm } from '../block-form.ts';
import { channelCount, emptyCodes, gatherChannels, scatterChannels } from './channels.ts';
import type { SiteFactors } from './site-factors.ts';

export interface LayerTask {
  readonly values: Float32Array;
  readonly form: BlockForm;
  readonly grid: Grid;
  readonly site: SiteFactors;
  readonly sweeps: number;
  readonly crew: Crew;
  readonly signal: AbortSignal;
  /** A share of the work is done; all of them make 1. */
  readonly done: (share: number) => void;
}

/** Relative errors of the layer's answers to held-out inputs, over the channels that were tried. */
export interface LayerOutcome {
  readonly rounded: number;
  readonly fitted: number;
  readonly final: number;
  /** What was chosen; undefined where nothing was better than a grid fit. */
  readonly damping?: number;
}

/** So many channels are tried at most. */
const mostTried = 128;

/** Errors: NonFiniteError, the signal's reason, RuntimeError. */
export async function roundLayer(
  task: LayerTask,
): Promise<{ readonly coded: CodedBlocks; readonly outcome: LayerOutcome }> {
  const { form, grid, site, sweeps, crew, signal, done } = task;
  const count = channelCount(form.layout);
  const trials = site.statistics.groups > 1 ? everyOne(count) : spreadOver(count, mostTried);
  const { candidates } = site;
  const trial = await crew.run('gptq-trial', { layer: layerOf(task, trials), candidates }, signal);
  const chosen = bestOf(trial);
  const factors = candidates[chosen ?? 0]!;
  const parts = partsOf(count, form.layout.axis, site.statistics.groups);
  const share = 1 / (parts.length + 1);
  done(share);
  const coded = emptyCodes(form.layout, form.kernelBlock, grid);
  const errors = new Float64Array(count);
  await Promise.all(
    parts.map(async (channels) => {
      const layer = layerOf(task, channels);
      const result = await crew.run('gptq', { layer, factors, sweeps }, signal);
      scatterChannels(coded, form.layout, channels, result.coded);
      channels.forEach((channel, n) => (errors[channel] = result.errors[n]!));
      done(share);
    }),
  );
  const missed = trials.reduce((sum, channel) => sum + errors[channel]!, 0);
  const relative = (error: number) => (trial.answers > 0 ? error / trial.answers : 0);
  const damping = chosen === undefined ? undefined : factors.find((one) => one)?.damping;
  const outcome = {
    rounded: relative(trial.rounded),
    fitted: relative(trial.fitted),
    final: relative(missed),
    ...(damping === undefined ? {} : { damping }),
  };
  return { coded, outcome };
}

function layerOf({ values, form, grid, site }: LayerTask, channels: readonly number[]): LayerInput {
  const { layout, kernelBlock } = form;
  return {
    weights: gatherChannels(values, layout, channels),
    axis: layout.axis,
    rows: channels.length,
    groups: site.statistics.groups,
    blockSize: kernelBlock,
    grid,
    gram: site.gram,
    heldOut: site.heldOut,
  };
}

/** The candidate that misses least; undefined where none is better than what was fitted. */
function bestOf({ swept, fitted }: TrialResult): number | undefined {
  const least = Math.min(...swept);
  return least < fitted ? swept.indexOf(least) : undefined;
}

const everyOne = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const spreadOver = (count: number, most: number): number[] =>
  count <= most
    ? everyOne(count)
    : Array.from({ length: most }, (_, index) => Math.floor((index * count) / most));

/**
 * The channels of each job: about a quarter of a second's work, whatever the crew, so that the
 * codes never depend on who computes. The channels of a grouped convolution stay together.
 */
function partsOf(count: number, axis: number, groups: number): number[][] {
  const all = everyOne(count);
  if (groups > 1) return [all];
  const wanted = Math.floor(2 ** 26 / axis ** 2 / 32) * 32;
  const size = Math.min(Math.max(wanted, 32), 256);
  return Array.from({ length: Math.ceil(count / size) }, (_, part) =>
    all.slice(part * size, (part + 1) * size),
  );
}
