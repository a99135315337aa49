/**
 * Mixed precision: from the table of sensitivity to a model. The losses of units add up as long as
 * they are small, so the best choice within a budget is a knapsack; what comes of it is measured, and
 * where the sum was wrong the units that matter are measured again where they ended up.
 */
import type { Model } from '../../onnx/types.ts';
import type { Recipe } from '../recipe.ts';
import type { Context } from '../technique.ts';
import { recipeOf, stepOf, type Finish, type Way } from './choices.ts';
import type { Evaluator, Loss } from './evaluator.ts';
import { Exchange, isExchangeable } from './exchange.ts';
import { frontierOf, type Selection } from './frontier.ts';
import { isBetter, meets, type Goal } from './goal.ts';
import type { Cell, Sensitivity } from './sensitivity.ts';
import { applySteps } from './steps.ts';
import { changedValues, sizeOf, type Count } from './stored.ts';
import type { WeightUnit } from './units.ts';

/** A model that a search made, what makes it again, and what it comes to. */
export interface Found extends Loss {
  readonly model: Model;
  readonly recipe: Recipe;
  readonly bytes: number;
  /** What the table said that it would lose. */
  readonly predicted: number;
  /** The cell of each unit. */
  readonly cells: readonly Cell[];
}

/** A table with all that is needed to go from it to models. */
export interface Mixing {
  readonly model: Model;
  readonly units: readonly WeightUnit[];
  readonly ways: readonly Way[];
  readonly table: Sensitivity;
  readonly evaluator: Evaluator;
  /** How the weights are rounded in the end; the table is of grid fits. */
  readonly finish: Finish;
  readonly count: Count;
  /** Bytes of the model, counted so. */
  readonly bytes: number;
}

/** A prediction is off where it misses by more than this share, and by more than nothing. */
const tolerance = 0.2;
const nothing = 1e-6;
/** How often a choice that misses its goal is made anew. */
const mostTries = 5;
/** GPTQ takes longer. */
const mostFinishes = 3;
/** Units that are measured again. */
const mostAgain = 10;

/** The best mixture for a goal that the table tells of; measured. Errors: RuntimeError, the signal's reason. */
export async function mixedFor(mixing: Mixing, goal: Goal, context: Context): Promise<Found> {
  const fitted = await fittedFor(mixing, goal, context);
  const isEnough = mixing.table.stopped || mixing.finish.method === 'search-fit';
  return isEnough || (await context.search.next()) === 'stop'
    ? fitted
    : finished(mixing, fitted, goal, context);
}

/** Rounds the mixture once more, by GPTQ. Where it loses less than it may, fewer bytes will do. */
async function finished(
  mixing: Mixing,
  fitted: Found,
  goal: Goal,
  context: Context,
): Promise<Found> {
  let best = await applied(mixing, fitted.cells, mixing.finish, context);
  if (goal.kind === 'bytes') return best.loss < fitted.loss ? best : fitted;
  for (let tries = 1; tries < mostFinishes && (await context.search.next()) === 'go'; tries++) {
    const asked = (goal.most * best.predicted) / Math.max(best.loss, nothing);
    const cells = cellsOf(mixing, selected(mixing, { ...goal, most: 0.95 * asked }));
    if (cells.every((cell, unit) => cell === best.cells[unit])) break;
    const found = await applied(mixing, cells, mixing.finish, context);
    if (!isBetter(goal, found, best)) break;
    best = found;
  }
  return isBetter(goal, fitted, best) ? fitted : best;
}

async function fittedFor(mixing: Mixing, goal: Goal, context: Context): Promise<Found> {
  const first = await fulfilled(mixing, goal, context);
  const isOff = Math.abs(first.loss - first.predicted) > tolerance * first.loss + nothing;
  if (!isOff || mixing.table.stopped || (await context.search.next()) === 'stop') return first;
  const corrected = await measuredAgain(mixing, first, context);
  const second = await fulfilled({ ...mixing, table: corrected }, goal, context);
  return isBetter(goal, first, second) ? first : second;
}

/** Chooses, applies and measures until the goal is met, or the nearest that there is. */
async function fulfilled(mixing: Mixing, goal: Goal, context: Context): Promise<Found> {
  let asked = goal.most;
  let best: Found | undefined;
  let last = '';
  for (let tries = 0; tries < mostTries; tries++) {
    const selection = selected(mixing, { ...goal, most: asked });
    // There is nothing beyond the ends of the table.
    if (best && last === selection.picks.join()) break;
    last = selection.picks.join();
    const found = await applied(mixing, cellsOf(mixing, selection), fit, context);
    if (!best || isBetter(goal, found, best)) best = found;
    if (meets(goal, found)) break;
    // Bytes miss by what names and shapes take; losses by a factor.
    asked =
      goal.kind === 'bytes'
        ? asked - (found.bytes - goal.most)
        : (0.95 * asked * goal.most) / Math.max(found.loss, goal.most);
  }
  return best!;
}

function selected({ bytes, table }: Mixing, goal: Goal): Selection {
  const frontier = frontierOf(table.cells);
  if (goal.kind === 'loss') return frontier.losing(goal.most) ?? frontier.within(Infinity)!;
  const own = table.cells.reduce((sum, [untouched]) => sum + untouched!.bytes, 0);
  return frontier.within(goal.most - (bytes - own)) ?? frontier.smallest;
}

/** The recipe of the least loss within so many bytes, as the table tells it. */
export const mixtureWithin = (mixing: Mixing, bytes: number): Recipe =>
  recipeFor(
    mixing,
    cellsOf(mixing, selected(mixing, { kind: 'bytes', most: bytes })),
    mixing.finish,
  );

/** The fewest and the most bytes that mixtures come to. */
export function boundsOf({ table, bytes }: Mixing): [low: number, high: number] {
  const rest = bytes - table.cells.reduce((sum, [untouched]) => sum + untouched!.bytes, 0);
  const frontier = frontierOf(table.cells);
  const [low, high] = [frontier.smallest.bytes, frontier.within(Infinity)!.bytes];
  return [Math.max(1, rest + low), Math.max(1, rest + high)];
}

const cellsOf = ({ table }: Mixing, { picks }: Selection): Cell[] =>
  picks.map((pick, unit) => table.cells[unit]![pick]!);

const fit: Finish = { method: 'search-fit' };

/** Cells as an ordinary recipe. */
function recipeFor({ model, units, ways }: Mixing, cells: readonly Cell[], finish: Finish): Recipe {
  const assignment = cells.flatMap(({ way }, unit) => {
    const { storage } = ways[way]!;
    if (!storage) return [];
    const step = stepOf(storage, finish);
    return units[unit]!.weights.map((key) => [key, step] as const);
  });
  return recipeOf(model, new Map(assignment));
}

async function applied(
  mixing: Mixing,
  cells: readonly Cell[],
  finish: Finish,
  context: Context,
): Promise<Found> {
  const { model, evaluator, count } = mixing;
  const recipe = recipeFor(mixing, cells, finish);
  // A grid fit is done before anybody sees its progress.
  const progress = finish === fit ? () => undefined : context.progress;
  const result = await applySteps(model, recipe, { ...context, note: () => undefined, progress });
  const predicted = cells.reduce((sum, { loss }) => sum + loss, 0);
  const measured = await evaluator.loss(result);
  const bytes = await sizeOf(result, count);
  return { model: result, recipe, bytes, ...measured, predicted, cells };
}

/**
 * The table with the losses of the units that cost most scaled by what each adds where all others are
 * compressed too, and the losses of the others by one factor for all that is left.
 */
async function measuredAgain(mixing: Mixing, found: Found, context: Context): Promise<Sensitivity> {
  const { units, table } = mixing;
  const order = [...units.keys()].sort((a, b) => found.cells[b]!.loss - found.cells[a]!.loss);
  const again = order
    .filter((unit) => found.cells[unit]!.way !== 0 && units[unit]!.members.every(isExchangeable))
    .slice(0, mostAgain);
  const added = await lossesWithin(mixing, found, again, context);
  const predictedRest = found.cells.reduce(
    (sum, { loss }, unit) => sum + (added.has(unit) ? 0 : loss),
    0,
  );
  const measuredRest = found.loss - [...added.values()].reduce((sum, loss) => sum + loss, 0);
  const common =
    predictedRest > 0 && measuredRest > 0
      ? measuredRest / predictedRest
      : found.loss / Math.max(found.predicted, nothing);
  const cells = table.cells.map((ways, unit) => {
    const own = found.cells[unit]!.loss;
    const loss = added.get(unit);
    const factor = loss === undefined || own === 0 ? common : Math.max(loss, 0.05 * own) / own;
    return ways.map((cell) => ({ ...cell, loss: cell.loss * factor }));
  });
  return { ...table, cells };
}

/** What each of some units adds to the loss of a found model. */
async function lossesWithin(
  { model, units, evaluator }: Mixing,
  found: Found,
  again: readonly number[],
  { runtime, search }: Context,
): Promise<Map<number, number>> {
  const added = new Map<number, number>();
  const weights = again.flatMap((unit) => units[unit]!.members);
  if (weights.length === 0) return added;
  const values = await changedValues(model, found.model, weights);
  const exchange = await Exchange.open(found.model, weights, evaluator, runtime!);
  try {
    for (const unit of again) {
      if ((await search.next()) === 'stop') break;
      const others = new Map(values);
      for (const key of units[unit]!.weights) others.delete(key);
      added.set(unit, Math.max(0, found.loss - (await exchange.loss(others)).loss));
    }
  } finally {
    await exchange.release();
  }
  return added;
}
