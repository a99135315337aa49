/** Teacher, student and samples brought together: steps of training, and answers to compare. */
import { adamW } from '../../differentiate/optimizers/adam-w.ts';
import { Trainer, type StepReport, type StepSettings } from '../../differentiate/trainer.ts';
import { RecipeError } from '../../errors.ts';
import { inputsOf } from '../../onnx/signature.ts';
import type { Model } from '../../onnx/types.ts';
import type { Feeds, Runtime, Value } from '../../runtime.ts';
import type { Context } from '../technique.ts';
import type { Samples } from '../training.ts';
import { feedsFor, watching, type LossKind } from './answers.ts';
import { batchSizeOf } from './batch-size.ts';
import { objectiveOf, type Objective, type ObjectiveOptions } from './objective.ts';
import { splitSamples, type Split } from './split.ts';
import type { Student } from './student.ts';
import { Teacher, type Comparison } from './teacher.ts';

export interface LessonOptions extends ObjectiveOptions {
  readonly batch: number;
  readonly loss: 'auto' | LossKind;
}

/** Both models' answers to one batch, by the names of the comparison. */
export interface Answers {
  readonly student: Readonly<Record<string, Value>>;
  readonly teacher: Readonly<Record<string, Value>>;
  readonly targets: Value | undefined;
}

/** More samples than this judge no better. */
const mostHeldOut = 500;
/** The scores of all held-out samples together, so that a look does not take longer than the steps before it. */
const mostScores = 2 ** 22;

/** Gradients of a larger norm are scaled down to it. */
const clipNorm = 1;
/** From this batch on its statistics stand for the data's. */
const leastForStatistics = 16;

export interface Lesson {
  readonly trainer: Trainer;
  readonly comparison: Comparison;
  readonly split: Split;
  /** Samples that go in at once. */
  readonly size: number;
  /** The options as they can be followed: no right answers where there are none. */
  readonly options: LessonOptions;
  step(indices: readonly number[], settings: StepSettings): Promise<StepReport>;
  answers(indices: readonly number[]): Promise<Answers>;
  release(): Promise<void>;
}

/** Opens the sessions of a training. Errors: ModelError, RecipeError, RuntimeError. */
export async function openLesson(
  { model, trained, masks }: Student,
  samples: Samples,
  wanted: LessonOptions,
  { original, random, note }: Context,
  runtime: Runtime,
): Promise<Lesson> {
  const size = fittingSize(model, samples, wanted.batch, note);
  const options = withKnownAnswers(wanted, samples, note);
  const first = Array.from({ length: size }, (_, index) => index % samples.count);
  const feeds = samples.feeds(first);
  const hidden = options.hidden > 0;
  const teacher = await Teacher.open(original, model, feeds, { ...options, hidden }, runtime);
  const inputs = new Set(inputsOf(model).map(({ name }) => name));
  const { comparison } = teacher;
  const sample = await teacher.answers(feeds);
  const objective = objectiveOf(comparison, sample, options);
  const watched = watching(
    model,
    comparison.outputs.map(({ student }) => student),
  );
  const batchStatistics =
    size >= leastForStatistics &&
    model.graph.nodes.some(({ opType }) => opType === 'BatchNormalization');
  const settings = { trained, masks, loss: objective.loss, optimizer: adamW(), clipNorm };
  const trainer = await Trainer.create(
    watched,
    feedsFor(inputs, feeds),
    { ...settings, batchStatistics },
    runtime,
  ).catch(async (error: unknown) => {
    await teacher.release();
    throw error;
  });
  return {
    trainer,
    comparison,
    split: splitSamples(samples, size, heldOutFor(comparison, sample, size), random),
    size,
    options,
    ...together(trainer, teacher, objective, samples, inputs, feeds),
  };
}

function together(
  trainer: Trainer,
  teacher: Teacher,
  objective: Objective,
  samples: Samples,
  inputs: ReadonlySet<string>,
  like: Feeds,
): Pick<Lesson, 'step' | 'answers' | 'release'> {
  const feedsOf = (indices: readonly number[]): Feeds => {
    const feeds = samples.feeds(indices);
    checkAlike(like, feeds, samples.label);
    return feeds;
  };
  return {
    async step(indices, settings) {
      const feeds = feedsOf(indices);
      const answers = await teacher.answers(feeds);
      const lost = objective.feeds(answers, samples.targets?.(indices));
      return trainer.step({ ...feedsFor(inputs, feeds), ...lost }, settings);
    },
    async answers(indices) {
      const feeds = feedsOf(indices);
      return {
        teacher: await teacher.answers(feeds),
        student: await trainer.predict(feedsFor(inputs, feeds)),
        targets: samples.targets?.(indices),
      };
    },
    async release() {
      await trainer.release();
      await teacher.release();
    },
  };
}

function fittingSize(
  model: Model,
  { count }: Samples,
  wanted: number,
  note: Context['note'],
): number {
  const size = batchSizeOf(model, wanted);
  if (size < wanted) {
    note(
      'This model takes one sample at a time, so the batch is 1: the steps are small and their direction is rough.',
    );
  }
  // A fifth of the samples judges and does not train.
  return Math.min(size, Math.max(1, Math.floor(count * 0.8)));
}

function withKnownAnswers(
  options: LessonOptions,
  { targets, label }: Samples,
  note: Context['note'],
): LessonOptions {
  if (options.hardLabels === 0 || targets) return options;
  note(`"${label}" has no right answers, so the teacher's count alone.`);
  return { ...options, hardLabels: 0 };
}

function heldOutFor(
  { outputs }: Comparison,
  sample: Readonly<Record<string, Value>>,
  size: number,
): number {
  const count = outputs.reduce((sum, { teacher }) => sum + sample[teacher]!.data.length, 0) / size;
  return Math.min(mostHeldOut, Math.max(size, Math.floor(mostScores / Math.max(count, 1))));
}

/** Errors: RecipeError for a batch of other dims; the step is built for one size. */
function checkAlike(like: Feeds, feeds: Feeds, label: string): void {
  for (const [name, { dims }] of Object.entries(like)) {
    const given = feeds[name]?.dims ?? [];
    if (given.length === dims.length && given.every((dim, at) => dim === dims[at])) continue;
    throw new RecipeError(
      `The samples of "${label}" differ in size: "${name}" is [${given.join(', ')}] after [${dims.join(', ')}]. Cut or pad them to one size.`,
    );
  }
}
