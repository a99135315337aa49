/**
 * Splits each layer into two thin ones by its singular value decomposition: W ≈ (U√Σ)·(√ΣVᵀ), cut to
 * its largest singular values (Denton et al., "Exploiting linear structure within convolutional
 * networks", 2014).
 */
import { findWeights, type Weight } from '../../onnx/weights.ts';
import type { Node } from '../../onnx/types.ts';
import { inTurn, loadFinite } from '../dense.ts';
import { FactorLayouts } from '../factor-layouts.ts';
import {
  decompose,
  energyOf,
  factorsOf,
  factorSize,
  rankForEnergy,
  type Factors,
  type MatrixView,
} from '../low-rank.ts';
import { ModelEdit } from '../model-edit.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { splitConsumer } from '../split-consumers.ts';
import { planSplit, type SplitPlan } from '../split-plan.ts';
import { technique, type Context } from '../technique.ts';

const options = {
  rank: {
    type: 'choice',
    label: 'Rank by',
    help: 'How the rank of each layer is chosen.',
    default: 'ratio',
    choices: [
      { value: 'ratio', label: 'share of the numbers' },
      { value: 'energy', label: 'share of the energy' },
      { value: 'fixed', label: 'the same for all' },
    ],
  },
  ratio: {
    type: 'number',
    label: 'Numbers kept',
    help: 'The share of a layer’s numbers that its two factors have together.',
    default: 0.5,
    min: 0.01,
    max: 0.99,
    step: 0.01,
    integer: false,
    only: { option: 'rank', is: ['ratio'] },
  },
  energy: {
    type: 'number',
    label: 'Energy kept',
    help: 'The share of Σσ², the squared singular values, that the factors keep; layers that would grow stay whole.',
    default: 0.95,
    min: 0.1,
    max: 0.9999,
    step: 0.01,
    integer: false,
    only: { option: 'rank', is: ['energy'] },
  },
  fixed: {
    type: 'number',
    label: 'Rank',
    help: 'The rank of every layer; layers for which it does not pay stay whole.',
    default: 16,
    min: 1,
    max: 4096,
    step: 1,
    integer: true,
    only: { option: 'rank', is: ['fixed'] },
  },
} as const satisfies OptionSpecs;

type Options = OptionsOf<typeof options>;

export const factorizeSvd = technique({
  family: 'factorize',
  label: 'Low-rank factors',
  summary:
    'Splits a layer into two thin ones, W ≈ (U√Σ)·(√ΣVᵀ), and drops its smallest singular values. ' +
    'Saves bytes, memory and time on every device. ' +
    'Hurts where the spectrum is flat, as in most trained layers: at equal size, rounding loses less.',
  options,
  needs: () => [],
  targets: (model) =>
    findWeights(model).filter((weight) => typeof planSplit(model, weight) !== 'string'),
  async apply(model, chosen, context) {
    const plans = plansFor(model, context);
    const edit = new ModelEdit(model);
    const weights = [...plans.keys()];
    for (const weight of inTurn(weights, context)) {
      const plan = plans.get(weight)!;
      const found = await factorize(plan, chosen, context.note);
      if (found) split(plan, found, edit);
    }
    return edit.done();
  },
});

/** The weights that can be split; notes about the others. */
function plansFor(
  model: Parameters<typeof planSplit>[0],
  { weights, note }: Context,
): Map<Weight, SplitPlan> {
  const plans = new Map<Weight, SplitPlan>();
  const taken = new Set<Node>();
  for (const weight of weights) {
    const plan = planSplit(model, weight);
    const nodes = weight.consumers.map(({ node }) => node);
    if (typeof plan === 'string') note(`"${weight.key}" is left as it is: ${plan}.`);
    else if (nodes.some((node) => taken.has(node))) {
      note(`"${weight.key}" is left as it is: its node is split for another weight.`);
    } else {
      plans.set(weight, plan);
      for (const node of nodes) taken.add(node);
    }
  }
  return plans;
}

/** The factors, where they take fewer numbers than the weight; otherwise a note says why not. */
async function factorize(
  { weight, view }: SplitPlan,
  chosen: Options,
  note: Context['note'],
): Promise<{ rank: number; factors: Factors } | undefined> {
  const most = Math.min(view.rows, view.columns);
  const planned = plannedRank(view, chosen);
  if (planned !== undefined && !pays(weight, view, Math.min(planned, most), note)) return undefined;
  const decomposition = decompose(await loadFinite(weight), view);
  const rank = Math.min(planned ?? rankForEnergy(decomposition, chosen.energy), most);
  if (!pays(weight, view, rank, note)) return undefined;
  const energy = (100 * energyOf(decomposition, rank)).toFixed(1);
  note(`"${weight.key}": rank ${rank} of ${most} keeps ${energy} % of the energy.`);
  return { rank, factors: factorsOf(decomposition, view, rank) };
}

/** The rank that follows from the dims alone. */
function plannedRank(
  { rows, columns }: MatrixView,
  { rank, ratio, fixed }: Options,
): number | undefined {
  if (rank === 'energy') return undefined;
  if (rank === 'fixed') return fixed;
  return Math.max(1, Math.floor((ratio * rows * columns) / (rows + columns)));
}

function pays({ key }: Weight, view: MatrixView, rank: number, note: Context['note']): boolean {
  const { batch, rows, columns } = view;
  const whole = batch * rows * columns;
  const both = factorSize(view, rank);
  if (both < whole) return true;
  const times = batch > 1 ? `${batch}·` : '';
  note(
    `"${key}" is left as it is: rank ${rank} takes ${times}${rank}·(${rows} + ${columns}) = ${both} numbers, ` +
      `no fewer than its ${times}${rows}·${columns} = ${whole}.`,
  );
  return false;
}

function split(
  { weight, view, consumers }: SplitPlan,
  { rank, factors }: { rank: number; factors: Factors },
  edit: ModelEdit,
): void {
  const layouts = new FactorLayouts(weight, view, rank, factors, edit);
  for (const [consumer, seen] of consumers) {
    edit.replace(
      consumer.node,
      ...splitConsumer(consumer, weight, layouts.sourceFor(consumer, seen)),
    );
    // What led from the stored tensor to this node leads nowhere now.
    for (const between of consumer.via) edit.replace(between);
  }
  edit.replaceStored(weight, layouts.tensors, layouts.nodes);
}
