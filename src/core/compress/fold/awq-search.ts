/** Chooses how strongly the channels of each cell are scaled by their inputs, by the error that rounding then makes. */
import { roundBlocks } from '../../math/grid-round.ts';
import type { Grid } from '../../math/grid.ts';
import { squaredAnswers } from '../../math/layer-error.ts';
import type { Linear } from '../../math/linear.ts';
import { sixteenthPower } from '../../math/sixteenth-power.ts';
import { blockForm } from '../block-form.ts';
import { loadFinite } from '../dense.ts';
import type { ReaderInput } from './cell-inputs.ts';
import type { Cell } from './cells.ts';
import { meanByChannel } from './channel-statistics.ts';
import { columnsOf, fitsStatistics, sumOf } from './layer-matrix.ts';

/** What was found best for a cell. */
export interface AwqChoice {
  /** α in sixteenths; 0 where scaling does not pay. */
  readonly sixteenths: number;
  readonly factors: Float64Array;
  /** The share of the squared error of the answers that is gone. */
  readonly gain: number;
}

/** Factors beyond these say more of a channel that is hardly used than of how much it matters. */
const least = 1e-2;
const most = 1e2;

/** So many output channels of a weight, evenly spread, speak for all: they are rounded one by one. */
const mostColumns = 256;

interface Trial {
  /** For each α the factors, and the error of the readers so far. */
  readonly factors: readonly Float64Array[];
  readonly errors: Float64Array;
  left: number;
}

export class AwqSearch {
  private readonly trials = new Map<Cell, Trial>();
  private readonly finished: Cell[] = [];
  private readonly grid: Grid;
  private readonly blockSize: number;
  private readonly linear: Linear;

  /** For rounding to a grid in blocks, 0 for whole channels. */
  constructor(grid: Grid, blockSize: number, linear: Linear) {
    this.grid = grid;
    this.blockSize = blockSize;
    this.linear = linear;
  }

  /** Adds the errors of a reader, for each α. Errors: ModelError for a NaN, the signal's reason. */
  async add(input: ReaderInput, signal: AbortSignal): Promise<void> {
    const { cell, reader, statistics } = input;
    const trial = this.trials.get(cell) ?? trialFor(input);
    this.trials.set(cell, trial);
    trial.left--;
    if (trial.left === 0) this.finished.push(cell);
    const { layout, kernelBlock } = blockForm(reader.weight, this.blockSize);
    // In groups of one channel a factor changes the scale of the codes and nothing else.
    if (statistics.groups > 1 || !fitsStatistics(layout, statistics)) return;
    const values = await loadFinite(reader.weight);
    const { columns, share } = someColumns(columnsOf(values, layout, 0, layout.outer), layout.axis);
    for (const [sixteenths, factors] of trial.factors.entries()) {
      signal.throwIfAborted();
      const each = Float64Array.from(input.channels, (channel) => factors[channel]!);
      const missed = this.missed(columns, each, kernelBlock);
      const rows = columns.length / layout.axis;
      const squares = squaredAnswers(this.linear, statistics.gram, missed, layout.axis, rows);
      trial.errors[sixteenths]! += sumOf(squares) * share;
    }
  }

  /** Cells all of whose readers were added since the last call. */
  complete(): readonly Cell[] {
    return this.finished.splice(0);
  }

  best(cell: Cell): AwqChoice {
    const trial = this.trials.get(cell);
    if (!trial) return { sixteenths: 0, factors: new Float64Array(cell.channels).fill(1), gain: 0 };
    const { errors, factors } = trial;
    const sixteenths = errors.reduce((best, error, at) => (error < errors[best]! ? at : best), 0);
    const gain = errors[0]! > 0 ? 1 - errors[sixteenths]! / errors[0]! : 0;
    return { sixteenths, factors: factors[sixteenths]!, gain };
  }

  /** What rounding misses of columns [axis, rows], whose rows are multiplied before and divided after it. */
  private missed(columns: Float64Array, each: Float64Array, blockSize: number): Float64Array {
    const { grid } = this;
    const axis = each.length;
    const inner = columns.length / axis;
    const weights = Float32Array.from(columns, (w, at) => w * each[Math.floor(at / inner)]!);
    const layout = { outer: 1, axis, inner };
    const { codes, scales } = roundBlocks({ weights, layout, blockSize, grid });
    const size = blockSize === 0 ? axis : blockSize;
    return columns.map((w, at) => {
      const k = Math.floor(at / inner);
      const scale = scales[Math.floor(k / size) * inner + (at % inner)]!;
      return (codes[at]! * scale) / each[k]! - w;
    });
  }
}

/** mean|x|^α, divided by the geometric mean of the largest and the smallest. */
function trialFor({ cell, statistics, channels }: ReaderInput): Trial {
  const means = meanByChannel(statistics.meanAbs, channels, cell.channels);
  const factors = Array.from({ length: 17 }, (_, sixteenths) => {
    const powers = means.map((mean) => (mean > 0 ? sixteenthPower(mean, sixteenths) : 0));
    const used = powers.filter((power) => power > 0);
    const smallest = used.reduce((a, b) => Math.min(a, b), Infinity);
    const middle = Math.sqrt(smallest * used.reduce((a, b) => Math.max(a, b), 0));
    // Nothing flows through a channel without a power: any factor is as good.
    return powers.map((power) => (power > 0 ? Math.min(most, Math.max(least, power / middle)) : 1));
  });
  return { factors, errors: new Float64Array(17), left: cell.readers.length };
}

function someColumns(
  columns: Float64Array,
  axis: number,
): { columns: Float64Array; share: number } {
  const rows = columns.length / axis;
  if (rows <= mostColumns) return { columns, share: 1 };
  const chosen = new Float64Array(axis * mostColumns);
  for (let k = 0; k < axis; k++) {
    for (let n = 0; n < mostColumns; n++) {
      chosen[k * mostColumns + n] = columns[k * rows + Math.floor((n * rows) / mostColumns)]!;
    }
  }
  return { columns: chosen, share: rows / mostColumns };
}
