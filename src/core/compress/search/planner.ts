/** Tries ways to meet a wish, the quick and plain ones first, and ends with the best of them. */
import { formatBytes } from '../../errors.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { Recipe, Step } from '../recipe.ts';
import type { Context } from '../technique.ts';
import { Candidates, type Candidate, type Trials } from './candidates.ts';
import type { Evaluator } from './evaluator.ts';
import { meets } from './goal.ts';
import { part } from './part.ts';
import { boundsOf, mixedFor, mixtureWithin, type Mixing } from './mixed.ts';
import { prepareMixing, type SearchOptions } from './prepare.ts';

export interface PlanOptions extends Omit<SearchOptions, 'metric' | 'method'> {
  /** GPTQ as well, which takes longer. */
  readonly thorough: boolean;
}

/** Who judges the wish, and who fills the table of sensitivity: one loss is asked for, another adds up. */
export interface Judges {
  readonly wish: Evaluator;
  readonly units: Evaluator;
}

/** Halvings of the range that the answer lies in. */
const halvings = 6;
/** What the table of sensitivity takes of the time of mixed precision, roughly. */
const share = 0.8;
/** Rates that are tried. */
const mostRates = 4;

/** The best that was found until the end, or until somebody had enough. Errors: RuntimeError, those of the techniques, the signal's reason. */
export async function plan(
  trials: Trials,
  weights: readonly Weight[],
  options: PlanOptions,
  judges: Judges,
  context: Context,
): Promise<Candidate> {
  const candidates = new Candidates(trials, context);
  const { signal, search } = context;
  const goesOn = async (): Promise<boolean> => {
    signal.throwIfAborted();
    return (await search.next()) === 'go';
  };
  let stage = 0;
  const stages = stagesOf(trials, weights, options, judges);
  for (const one of stages) {
    if (stage > 0 && !(await goesOn())) break;
    await one(
      candidates,
      part(context, stage / stages.length, (stage + 1) / stages.length),
      goesOn,
    );
    stage += 1;
  }
  return candidates.best!;
}

type Stage = (
  candidates: Candidates,
  context: Context,
  goesOn: () => Promise<boolean>,
) => Promise<unknown>;

function stagesOf(
  trials: Trials,
  weights: readonly Weight[],
  options: PlanOptions,
  judges: Judges,
): Stage[] {
  const { goal, count, model } = trials;
  const plain: Stage[] = [
    (all) => all.add('as it is', recipe(), 'Nothing is lost.'),
    (all) => all.add('8 bits', recipe(eight), '8 bits for each weight change next to no answer.'),
    (all) => all.add('4 bits', recipe(four), '4 bits with a scale for each 32 weights, fitted.'),
  ];
  const gptq: Stage[] = [
    (all, { progress }) =>
      all.add(
        '4 bits, GPTQ',
        recipe(gptqFour(options)),
        'The same bytes, rounded so that weights make up for each other’s errors.',
        progress,
      ),
  ];
  const mixed: Stage = async (all, context, goesOn) => {
    const search = { ...options, metric: 'auto', method: 'search-fit' } as const;
    const table = part(context, 0, share);
    const mixing = await prepareMixing(model, weights, judges.units, search, table);
    const found = await mixtureFor(mixing, trials, all, context, goesOn);
    if (!options.thorough || !found || !(await goesOn())) return;
    await all.add(
      'mixed precision, GPTQ',
      gptqOf(found, options),
      'The same mixture, rounded by GPTQ.',
      part(context, share, 1).progress,
    );
  };
  const rate: Stage[] =
    count === 'coded'
      ? [
          (all, { progress }, goesOn) =>
            ratesFor(trials, weights, options, all, { progress, goesOn }),
        ]
      : [];
  const mended: Stage = (all, { progress }, goesOn) => mend(options, all, { progress, goesOn });
  const tooSmall = goal.kind === 'bytes' && goal.most * 5 < plainBytes(weights);
  // Far below 4 bits for each weight there is nothing to learn from 8.
  const first = tooSmall ? [plain[0]!, plain[2]!] : plain;
  const thorough = options.thorough;
  return [...first, ...(thorough ? gptq : []), mixed, ...rate, ...(thorough ? [mended] : [])];
}

const plainBytes = (weights: readonly Weight[]): number =>
  weights.reduce((sum, { bytes }) => sum + bytes, 0);

const recipe = (...steps: readonly Step[]): Recipe => ({ version: 1, seed: 0, steps });
const eight: Step = { technique: 'quantize-block', options: { bits: 8, blockSize: 0 } };
const four: Step = { technique: 'quantize-block', options: { bits: 4, blockSize: 32 } };
const gptqFour = ({ data, samples }: PlanOptions): Step => ({
  technique: 'quantize-gptq',
  options: { bits: 4, blockSize: 32, data, samples },
});

/** The recipe of a mixture with GPTQ in the place of grid fits; GPTQ's options are those of grid fits and more. */
function gptqOf({ recipe: { steps, ...rest } }: Candidate, { data, samples }: PlanOptions): Recipe {
  return {
    ...rest,
    steps: steps.map((step) =>
      step.technique === 'quantize-block'
        ? {
            ...step,
            technique: 'quantize-gptq',
            options: { ...step.options, data, samples },
          }
        : step,
    ),
  };
}

/** For bytes the best mixture of so many; for a loss of any kind the smallest that keeps to it, by halving the range. */
async function mixtureFor(
  mixing: Mixing,
  { goal }: Trials,
  all: Candidates,
  context: Context,
  goesOn: () => Promise<boolean>,
): Promise<Candidate | undefined> {
  const why = 'Each unit gets the bits that its answers are worth.';
  if (goal.kind === 'bytes') {
    const found = await mixedFor(mixing, goal, context);
    return all.add('mixed precision', found.recipe, why);
  }
  let [low, high] = boundsOf(mixing);
  let best: Candidate | undefined;
  for (let half = 0; half < halvings && low < 0.99 * high; half++) {
    if (half > 0 && !(await goesOn())) break;
    const bytes = Math.sqrt(low * high);
    const label = `mixed precision, ${formatBytes(bytes)}`;
    const found = await all.add(label, mixtureWithin(mixing, bytes), why);
    if (meets(goal, found)) {
      best = found;
      high = bytes;
    } else low = bytes;
  }
  return best;
}

/** Rounding for download at as many bits as the wish allows. */
async function ratesFor(
  { goal }: Trials,
  weights: readonly Weight[],
  { data, samples }: PlanOptions,
  all: Candidates,
  { progress, goesOn }: Pick<Context, 'progress'> & { readonly goesOn: () => Promise<boolean> },
): Promise<void> {
  const why = 'One step for whole channels, and frequent codes in fewer bits.';
  const add = (bits: number) => {
    const rounded = Math.round(10 * bits) / 10;
    const step: Step = { technique: 'quantize-rate', options: { bits: rounded, data, samples } };
    return all.add(`rounding for download, ${rounded} bits`, recipe(step), why, progress);
  };
  let [low, high] = [1.5, 8];
  const parameters = weights.reduce((sum, { tensor }) => sum + elementCount(tensor), 0);
  let bits = goal.kind === 'bytes' ? (8 * goal.most) / parameters : 4;
  for (let tries = 0; tries < mostRates && high - low > 0.15; tries++) {
    if (tries > 0 && !(await goesOn())) return;
    bits = Math.min(Math.max(bits, low), high);
    const found = await add(bits);
    // More bits are more bytes and less loss.
    if (meets(goal, found) === (goal.kind === 'bytes')) low = bits;
    else high = bits;
    // Bytes are near a straight line of bits; of a loss only the direction is known.
    const missing = goal.kind === 'bytes' ? (8 * (goal.most - found.bytes)) / parameters : 0;
    if (goal.kind === 'bytes' && Math.abs(missing) < 0.1 && missing >= 0) return;
    bits = goal.kind === 'bytes' ? bits + missing - 0.05 : (low + high) / 2;
  }
}

/** Mends the best once more in closed form, which costs few bytes or none. */
async function mend(
  { data, samples }: PlanOptions,
  all: Candidates,
  { progress, goesOn }: Pick<Context, 'progress'> & { readonly goesOn: () => Promise<boolean> },
): Promise<void> {
  const menders = [
    ['repaired', 'repair', 'Scales and norms fitted to the answers once more.'],
    ['biases corrected', 'correct-bias', 'What rounding shifts on average, shifted back.'],
  ] as const;
  for (const [word, technique, why] of menders) {
    const { best } = all;
    if (!best || best.recipe.steps.length === 0 || !(await goesOn())) return;
    const steps: Step[] = [...best.recipe.steps, { technique, options: { data, samples } }];
    await all.add(`${best.label}, ${word}`, { ...best.recipe, steps }, why, progress);
  }
}
