/** The loss of a comparison with the teacher, and what a step must be fed for it. */
import { cosine } from '../../differentiate/losses/cosine.ts';
import { crossEntropy } from '../../differentiate/losses/cross-entropy.ts';
import { distillation } from '../../differentiate/losses/distillation.ts';
import type { Loss } from '../../differentiate/losses/loss.ts';
import { meanSquaredError } from '../../differentiate/losses/mean-squared-error.ts';
import { mixed, type Share } from '../../differentiate/losses/mixed.ts';
import type { Feeds, Value } from '../../runtime.ts';
import type { Comparison, Pair } from './teacher.ts';

export interface ObjectiveOptions {
  readonly temperature: number;
  /** 0 … 1: the share of the right answers; the rest is the teacher's. */
  readonly hardLabels: number;
  /** 0 … 1: the weight of hidden states beside the outputs. */
  readonly hidden: number;
}

export interface Objective {
  readonly loss: Loss;
  /** The loss' inputs of a batch. */
  feeds(answers: Readonly<Record<string, Value>>, targets: Value | undefined): Feeds;
}

const rightAnswers = 'right_answers';
const answerName = (index: number): string => `teacher_answer_${index}`;
const stateName = (index: number): string => `teacher_state_${index}`;

/** `sample` are the teacher's answers to one batch, for their dims. */
export function objectiveOf(
  comparison: Comparison,
  sample: Readonly<Record<string, Value>>,
  options: ObjectiveOptions,
): Objective {
  const { outputs, hidden } = comparison;
  const { hardLabels } = options;
  // A student that is narrower than its teacher has no states to compare: seen when the loss is built.
  const usedStates = new Set<string>();
  const states = hidden.map((name, index) =>
    whereAlike(name, stateName(index), sample, usedStates),
  );
  const shares: Share[] = [
    ...outputs.flatMap((pair, index) => sharesOf(comparison, pair, index, options)),
    ...(options.hidden > 0
      ? states.map((loss) => ({ loss, weight: options.hidden / Math.max(states.length, 1) }))
      : []),
  ];
  return {
    loss: mixed(shares),
    feeds(answers, targets) {
      const given: [string, Value][] = [];
      if (hardLabels < 1 || comparison.kind !== 'scores') {
        outputs.forEach(({ teacher }, index) => given.push([answerName(index), answers[teacher]!]));
      }
      hidden.forEach((name, index) => {
        if (usedStates.has(name)) given.push([stateName(index), answers[name]!]);
      });
      if (hardLabels > 0 && targets) {
        const dims = answers[outputs[0]!.teacher]!.dims.slice(0, -1);
        given.push([rightAnswers, { ...targets, dims }]);
      }
      return Object.fromEntries(given);
    },
  };
}

function sharesOf(
  { kind, outputs }: Comparison,
  { student }: Pair,
  index: number,
  { temperature, hardLabels }: ObjectiveOptions,
): Share[] {
  const target = answerName(index);
  if (kind === 'values') {
    const loss = meanSquaredError({ output: student, target, relative: true });
    return [{ loss, weight: 1 / outputs.length }];
  }
  if (kind === 'direction') {
    return [{ loss: cosine({ output: student, target }), weight: 1 / outputs.length }];
  }
  const soft = distillation({ logits: student, teacher: target, temperature });
  const hard = crossEntropy({ logits: student, targets: rightAnswers });
  return [
    { loss: soft, weight: 1 - hardLabels },
    { loss: hard, weight: hardLabels },
  ].filter(({ weight }) => weight > 0);
}

/** Hidden-state matching (FitNets) where the student's value has the teacher's dims, else nothing. */
function whereAlike(
  name: string,
  target: string,
  sample: Readonly<Record<string, Value>>,
  used: Set<string>,
): Loss {
  const match = meanSquaredError({ output: name, target, relative: true });
  return {
    label: match.label,
    emit(step) {
      const wanted = sample[name]?.dims ?? [];
      const dims = step.dims(name);
      const alike = dims.length === wanted.length && dims.every((dim, at) => dim === wanted[at]);
      if (!alike) return { value: step.floats(0), gradients: new Map() };
      used.add(name);
      return match.emit(step);
    },
  };
}
