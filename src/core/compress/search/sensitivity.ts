/**
 * What it costs the answers to store one unit of weights in one way, all others as they were: the
 * table that mixed precision is chosen from (Dong et al., "HAWQ-V2", 2020, who estimate it from
 * second derivatives; here it is run on samples). Where a way was not run, the loss of the same unit's
 * nearest way is scaled by the error of its weights, as a small loss grows with their squares.
 */
import type { Model } from '../../onnx/types.ts';
import type { SensitivityCell } from '../search.ts';
import type { Context } from '../technique.ts';
import { onlyFor, stepOf, type Way } from './choices.ts';
import type { Evaluator, Loss } from './evaluator.ts';
import { Exchange, isExchangeable, sessionRuns } from './exchange.ts';
import { applySteps } from './steps.ts';
import {
  changedValues,
  relativeError,
  sizeDifference,
  sizeOfWeights,
  Upgraded,
  type Count,
} from './stored.ts';
import type { WeightUnit } from './units.ts';

/** A cell of the table, and the error of the weights behind it. */
export interface Cell extends SensitivityCell {
  /** Σ (ŵ − w)² / Σ w² over the unit. */
  readonly error: number;
  /** Position among the ways. */
  readonly way: number;
}

export interface Sensitivity {
  /** By unit: the ways that there are for it, in the order of the ways. The first leaves it as it is. */
  readonly cells: readonly (readonly Cell[])[];
  /** Ended early, by the wish of who follows the search. */
  readonly stopped: boolean;
}

/** What the sweep is done with. */
export interface SweepOptions {
  readonly units: readonly WeightUnit[];
  readonly ways: readonly Way[];
  readonly evaluator: Evaluator;
  readonly count: Count;
  /** Run one way of each unit alone, and estimate the others. */
  readonly once: boolean;
}

/** A variant of a unit before it is run. */
interface Tried {
  readonly way: number;
  readonly bytes: number;
  readonly error: number;
  readonly model: Model;
  readonly values: ReadonlyMap<string, Float32Array>;
  measured?: Loss;
}

/**
 * Fills the table unit by unit, with news of each cell. A 'stop' ends the running; what was not run is
 * estimated. Errors: ModelError for weights that are not finite, RuntimeError, the signal's reason.
 */
export async function sweep(
  model: Model,
  options: SweepOptions,
  context: Context,
): Promise<Sensitivity> {
  const { units, evaluator } = options;
  const cells: Cell[][] = [];
  const state = { stopped: false, known: [] as Cell[], base: new Upgraded(model) };
  let done = 0;
  for (const run of sessionRuns(units.map((unit) => ({ ...unit, weights: unit.members })))) {
    const exchange = await exchangeFor(model, run, evaluator, context);
    try {
      for (const unit of run) {
        context.progress(done++, units.length + 1, unit.id);
        const own = units.find(({ id }) => id === unit.id)!;
        cells.push(await sweepUnit(model, own, exchange, options, context, state));
      }
    } finally {
      await exchange?.release();
    }
  }
  context.progress(units.length, units.length + 1, units.at(-1)?.id ?? '');
  return { cells, stopped: state.stopped };
}

/** One session for the units of a run; none where nothing of them can be an input. */
async function exchangeFor(
  model: Model,
  run: readonly { readonly weights: WeightUnit['members'] }[],
  evaluator: Evaluator,
  { runtime }: Context,
): Promise<Exchange | undefined> {
  const weights = run.flatMap((unit) => (unit.weights.every(isExchangeable) ? unit.weights : []));
  return weights.length > 0 ? Exchange.open(model, weights, evaluator, runtime!) : undefined;
}

async function sweepUnit(
  model: Model,
  unit: WeightUnit,
  exchange: Exchange | undefined,
  { ways, evaluator, count, once }: SweepOptions,
  context: Context,
  state: { stopped: boolean; known: Cell[]; readonly base: Upgraded },
): Promise<Cell[]> {
  const own = await sizeOfWeights(unit.members, count);
  const tried: Tried[] = [];
  const anchors = ways.filter(({ anchor }) => anchor);
  const middle = anchors[Math.floor(anchors.length / 2)];
  for (const [way, { storage, anchor }] of ways.entries()) {
    context.signal.throwIfAborted();
    // Once nobody waits for it any more, a few ways are choice enough.
    if (!storage || (state.stopped && !anchor)) continue;
    const one = await tryWay(
      model,
      unit,
      way,
      stepOf(storage, { method: 'search-fit' }),
      { count, own },
      state.base,
      context,
    );
    if (one) tried.push(one);
  }
  for (const one of tried) {
    const way = ways[one.way]!;
    if (!way.anchor || (once && way !== middle)) continue;
    if (!state.stopped) state.stopped = (await context.search.next()) === 'stop';
    if (state.stopped) break;
    one.measured =
      exchange && unit.members.every(isExchangeable)
        ? await exchange.loss(one.values)
        : await evaluator.loss(one.model);
    context.search.report({ kind: 'cell', cell: plain(cellOf(unit, one, one.measured, ways)) });
  }
  const cells = [untouched(unit, own, ways), ...completed(unit, tried, ways, state.known)];
  for (const cell of cells) {
    if (!tried.some(({ way, measured }) => measured && way === cell.way)) {
      context.search.report({ kind: 'cell', cell: plain(cell) });
    }
  }
  state.known.push(...cells.filter(({ measured, error }) => measured && error > 0));
  return cells;
}

/** Stores one unit so, without running it; undefined where that changes nothing. */
async function tryWay(
  model: Model,
  unit: WeightUnit,
  way: number,
  step: Parameters<typeof onlyFor>[0],
  { count, own }: { readonly count: Count; readonly own: number },
  base: Upgraded,
  context: Context,
): Promise<Tried | undefined> {
  const quiet = { ...context, note: () => undefined, progress: () => undefined };
  const steps = [onlyFor(step, unit.weights)];
  const variant = await applySteps(model, { seed: 0, steps }, quiet);
  if (variant === model) return undefined;
  const values = await changedValues(model, variant, unit.members);
  return {
    way,
    model: variant,
    values,
    bytes: own + (await sizeDifference(await base.like(variant), variant, count)),
    error: await relativeError(unit.members, values),
  };
}

function cellOf(
  { id }: WeightUnit,
  { way, bytes, error }: Pick<Tried, 'way' | 'bytes' | 'error'>,
  loss: Loss,
  ways: readonly Way[],
  measured = true,
): Cell {
  return { unit: id, choice: ways[way]!.choice.id, bytes, ...loss, measured, error, way };
}

const untouched = (unit: WeightUnit, bytes: number, ways: readonly Way[]): Cell =>
  cellOf(unit, { way: 0, bytes, error: 0 }, { loss: 0 }, ways);

const plain = ({ error: _, way: __, ...cell }: Cell): SensitivityCell => cell;

/** The tried ways of a unit, those that were not run estimated from those that were. */
function completed(
  unit: WeightUnit,
  tried: readonly Tried[],
  ways: readonly Way[],
  known: readonly Cell[],
): Cell[] {
  const own = tried.flatMap((one) => (one.measured ? [cellOf(unit, one, one.measured, ways)] : []));
  return tried.map((one) => {
    const run = own.find(({ way }) => way === one.way);
    if (run) return run;
    return cellOf(unit, one, { loss: estimated(one, own, known) }, ways, false);
  });
}

/** A loss grows with the squared error of the weights: from the unit's nearest way, else as other units do. */
function estimated(
  { error }: Pick<Tried, 'error'>,
  own: readonly Cell[],
  known: readonly Cell[],
): number {
  const usable = own.filter((cell) => cell.error > 0);
  const apart = (cell: Cell) => Math.abs(Math.log(cell.error / error));
  const [nearest] = [...usable].sort((a, b) => apart(a) - apart(b));
  if (error === 0) return 0;
  if (nearest) return (nearest.loss * error) / nearest.error;
  let [losses, errors] = [0, 0];
  for (const cell of known) {
    losses += cell.loss;
    errors += cell.error;
  }
  return errors > 0 ? (losses * error) / errors : error;
}
