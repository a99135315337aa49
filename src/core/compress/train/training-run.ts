/** The steps of one training: news, looks at held-out samples, the best state so far, and what is saved. */
import { learningRateAt } from '../../differentiate/schedule.ts';
import { RuntimeError } from '../../errors.ts';
import type { Context } from '../technique.ts';
import type { Samples, TrainingControl, TrainingNews, TrainingState } from '../training.ts';
import { examine, type Look } from './examine.ts';
import type { Lesson } from './lesson.ts';
import type { Trained, TrainingPlan } from './train-student.ts';

export interface TrainingTask {
  readonly lesson: Lesson;
  readonly samples: Samples;
  readonly plan: TrainingPlan;
  readonly context: Pick<Context, 'note' | 'progress' | 'random' | 'signal'>;
  readonly control: TrainingControl;
  /** What its state is saved under. */
  readonly key: string;
}

/** How often a training speaks and looks at held-out samples. */
const newsPerTraining = 100;
const looksPerTraining = 10;

const warmUpShare = 0.05;
/** The learning rate at the end, as a share of the highest. */
const lowestRate = 0.05;

type Best = NonNullable<TrainingState['best']>;

export class TrainingRun {
  readonly #task: TrainingTask;
  #step = 0;
  #best: Best | undefined;
  #news: TrainingNews[] = [];
  /** Losses since the last news. */
  #losses: number[] = [];
  #looked = -1;

  constructor(task: TrainingTask) {
    this.#task = task;
  }

  /** Trains to the end, until told to stop, or until the loss is no number. */
  async finish(): Promise<Trained> {
    const { plan, context, control, key } = this.#task;
    if (!(await this.#goOn())) await this.#look();
    while (this.#step < plan.steps) {
      context.signal.throwIfAborted();
      if ((await unlessAborted(control.next(), context.signal)) === 'stop') {
        context.note(`Stopped after ${this.#step} of ${plan.steps} steps.`);
        if (this.#looked < this.#step) await this.#look();
        break;
      }
      if (!(await this.#train())) break;
    }
    await control.forget(key);
    return this.#outcome();
  }

  /** One step and what is due after it. False where training broke down. */
  async #train(): Promise<boolean> {
    const { lesson, plan, context, control } = this.#task;
    const { random, note, progress } = context;
    const step = this.#step;
    const learningRate = this.#learningRate(step);
    const settings = { step, learningRate, random: random.fork(`step ${step}`) };
    const { loss } = await lesson.step(lesson.split.batch(step), settings);
    if (!Number.isFinite(loss)) {
      note(
        `The loss was ${loss} in step ${step + 1}, so training ended there. Give a lower learning rate.`,
      );
      return false;
    }
    this.#losses.push(loss);
    this.#step = step + 1;
    progress(this.#step, plan.steps, `step ${this.#step} of ${plan.steps}`);
    if (this.#isDue(looksPerTraining)) await this.#look();
    else if (this.#isDue(newsPerTraining) || control.saveDue?.()) await this.#report();
    return true;
  }

  #learningRate(step: number): number {
    const { learningRate, steps } = this.#task.plan;
    const warmUp = Math.round(warmUpShare * steps);
    return learningRateAt({ learningRate, warmUp, steps, floor: lowestRate }, step);
  }

  #isDue(times: number): boolean {
    const { steps } = this.#task.plan;
    return this.#step === steps || this.#step % Math.ceil(steps / times) === 0;
  }

  /** Looks at held-out samples, and keeps the state where it is the best so far. */
  async #look(): Promise<void> {
    const { lesson, samples, context } = this.#task;
    const look = await examine(lesson, samples, context.signal);
    this.#looked = this.#step;
    const { heldOut } = look;
    if (!this.#best || heldOut.loss < this.#best.heldOut.loss) {
      // The start needs no vectors: it is the model that came in.
      const weights = this.#step === 0 ? [] : await lesson.trainer.weights();
      const vectors = new Map([...weights].map(([name, values]) => [name, values.slice()]));
      this.#best = { step: this.#step, heldOut, vectors };
    }
    await this.#report(look);
  }

  async #report(look?: Look): Promise<void> {
    const { plan, control } = this.#task;
    const sum = this.#losses.reduce((total, loss) => total + loss, 0);
    const best = this.#best && { step: this.#best.step, heldOut: this.#best.heldOut };
    const news: TrainingNews = {
      step: this.#step,
      steps: plan.steps,
      loss: this.#losses.length > 0 ? sum / this.#losses.length : (look?.heldOut.loss ?? 0),
      learningRate: this.#learningRate(Math.max(0, this.#step - 1)),
      ...(best ? { best } : {}),
      ...look,
    };
    this.#losses = [];
    this.#news.push(news);
    control.report(news);
    // Between two news there are losses that no state would hold.
    if (control.saveDue?.() ?? true) await this.#save();
  }

  async #save(): Promise<void> {
    const { lesson, control, key } = this.#task;
    const vectors = await lesson.trainer.state();
    const best = this.#best ? { best: this.#best } : {};
    await control.save(key, { step: this.#step, vectors, ...best, news: [...this.#news] });
  }

  /** Takes up what an earlier session left. False where there is nothing. */
  async #goOn(): Promise<boolean> {
    const { lesson, context, control, key } = this.#task;
    const state = await control.load(key);
    if (!state?.best) return false;
    try {
      lesson.trainer.restore(state.vectors);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      context.note(
        'What an earlier session left of this training does not fit it; it starts anew.',
      );
      return false;
    }
    this.#step = state.step;
    this.#best = state.best;
    this.#looked = state.news.findLast(({ heldOut }) => heldOut)?.step ?? -1;
    this.#news = [...state.news];
    for (const news of state.news) control.report(news);
    return true;
  }

  #outcome(): Trained {
    const { note } = this.#task.context;
    const start = this.#news[0]?.heldOut;
    const { step, heldOut, vectors } = this.#best!;
    if (step === 0) {
      note(
        `Training did not help: on held-out samples nothing did better than the start (${described(heldOut)}), which is kept.`,
      );
      return undefined;
    }
    note(
      `Held-out ${start ? `${described(start)} before, ` : ''}${described(heldOut)} after step ${step}, which is kept.`,
    );
    return vectors;
  }
}

const described = ({ loss, agreement }: Best['heldOut']): string =>
  `loss ${loss.toPrecision(3)} and agreement ${(100 * agreement).toFixed(1)} %`;

/** What a promise gives, or the signal's reason as soon as it is given: whoever pauses may be cancelled. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      const { reason } = signal;
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
