/** Trains an embedded model: step by step, with checkpoints, from wherever the last one was. */
import { adamW } from '../../core/differentiate/optimizers/adam-w.ts';
import { learningRateAt } from '../../core/differentiate/schedule.ts';
import { Trainer } from '../../core/differentiate/trainer.ts';
import { createRandom } from '../../core/math/random.ts';
import { inputsOf } from '../../core/onnx/signature.ts';
import type { Model } from '../../core/onnx/types.ts';
import { writeOnnx } from '../../core/onnx/write.ts';
import type { Runtime } from '../../core/runtime.ts';
import type {
  Prepared,
  ReadMaterial,
  Scores,
  TrainingPlan,
  ZooModel,
} from '../../zoo/zoo-model.ts';
import { UsageError } from '../usage.ts';
import { loadCheckpoint, removeCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint.ts';

export interface TrainSettings {
  readonly runtime: Runtime;
  readonly read: ReadMaterial;
  /** Where the checkpoint lies. */
  readonly folder: string;
  readonly seed: number;
  readonly steps?: number;
  readonly threads?: number;
  readonly fresh: boolean;
  /** Trains no further than the last checkpoint. */
  readonly onlyShip: boolean;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface TrainedModel {
  readonly prepared: Prepared;
  readonly model: Model;
  readonly scores: Scores;
  readonly seed: number;
  readonly steps: number;
  readonly seconds: number;
}

/** Errors: those of the engine and of the material; the signal's reason after a last checkpoint. */
export async function trainModel(
  zooModel: ZooModel,
  settings: TrainSettings,
): Promise<TrainedModel> {
  const { runtime, seed, folder, say, fresh } = settings;
  say(`Preparing ${zooModel.label} …`);
  const random = createRandom(seed);
  const prepared = await zooModel.prepare(settings.read, random.fork('prepare'));
  const plan = planFor(prepared.plan, settings.steps);
  const trainer = await trainerFor(prepared, plan, settings);
  try {
    const identity = JSON.stringify({ seed, steps: plan.steps, schedule: plan.schedule });
    if (fresh) await removeCheckpoint(folder);
    const last = await lastCheckpoint(settings, identity);
    if (last) {
      trainer.restore(last.state);
      say(`Going on from step ${last.step}.`);
    }
    const run = new Run(trainer, prepared, plan, settings, identity);
    const { steps, seconds } = await run.from(last?.step ?? 0, last?.seconds ?? 0);
    const model = prepared.ship(await trainer.weights());
    say('Scoring …');
    const scores = await scoresOf(prepared, model, runtime, false);
    return { prepared, model, scores, seed, steps, seconds };
  } finally {
    await trainer.release();
  }
}

/** Where the training goes on. Errors: UsageError where there is nothing that could be shipped. */
async function lastCheckpoint(
  { folder, onlyShip, say }: TrainSettings,
  identity: string,
): Promise<Checkpoint | undefined> {
  const found = await loadCheckpoint(folder, identity);
  if (typeof found === 'object') return found;
  if (onlyShip) {
    throw new UsageError(
      'There is no checkpoint of this training that could be shipped. Give the --seed and --steps that it was started with, or train it first.',
    );
  }
  if (found === 'damaged') say('The last checkpoint is damaged; starting anew.');
  if (found === 'other') say('The last checkpoint is of other settings; starting anew.');
  return undefined;
}

/** The plan, stretched or shortened where another number of steps is asked for. */
function planFor(plan: TrainingPlan, steps = plan.steps): TrainingPlan {
  return { ...plan, steps, schedule: { ...plan.schedule, steps } };
}

async function trainerFor(
  { training, batch }: Prepared,
  plan: TrainingPlan,
  { runtime, threads }: TrainSettings,
): Promise<Trainer> {
  const first = batch(0);
  const inputs = inputsOf(training).map(({ name }) => [name, first[name]!] as const);
  return Trainer.create(
    training,
    Object.fromEntries(inputs),
    {
      trained: trainedIn(training),
      loss: plan.loss,
      optimizer: adamW(),
      // Norms and biases are vectors, and do not decay.
      decayOf: (_name, dims) => (dims.length > 1 ? plan.weightDecay : 0),
      clipNorm: plan.clipNorm,
      averaging: plan.averaging,
      batchStatistics: true,
    },
    runtime,
    threads === undefined ? {} : { threads },
  );
}

/** Every stored weight but the running statistics, which follow the batches. */
function trainedIn({ graph }: Model): readonly string[] {
  const statistics = new Set(
    graph.nodes
      .filter(({ opType }) => opType === 'BatchNormalization')
      .flatMap(({ inputs }) => inputs.slice(3, 5)),
  );
  return graph.initializers.map(({ name }) => name).filter((name) => !statistics.has(name));
}

/** Seconds between two lines of progress. */
const pulse = 20;

class Run {
  readonly #trainer: Trainer;
  readonly #prepared: Prepared;
  readonly #plan: TrainingPlan;
  readonly #settings: TrainSettings;
  readonly #identity: string;

  constructor(
    trainer: Trainer,
    prepared: Prepared,
    plan: TrainingPlan,
    settings: TrainSettings,
    identity: string,
  ) {
    this.#trainer = trainer;
    this.#prepared = prepared;
    this.#plan = plan;
    this.#settings = settings;
    this.#identity = identity;
  }

  /** Trains to the end. Gives the steps done and the seconds they took in all. */
  async from(first: number, before: number): Promise<{ steps: number; seconds: number }> {
    const { steps, schedule, evaluateEvery } = this.#plan;
    const { seed, say, signal, onlyShip } = this.#settings;
    if (onlyShip) return { steps: first, seconds: before };
    const random = createRandom(seed).fork('steps');
    const started = performance.now();
    const seconds = (): number => before + (performance.now() - started) / 1000;
    let [said, sum, count] = [performance.now(), 0, 0];
    for (let step = first; step < steps; step++) {
      if (signal.aborted) {
        await this.#save(step, seconds());
        signal.throwIfAborted();
      }
      const { loss } = await this.#trainer.step(this.#prepared.batch(step), {
        step,
        learningRate: learningRateAt(schedule, step),
        random: random.fork(`step ${step}`),
      });
      sum += loss;
      count++;
      if (performance.now() - said > 1000 * pulse) {
        const rate = (1000 * count) / (performance.now() - said);
        say(`${progress(step + 1, steps, rate)} · loss ${(sum / count).toFixed(4)}`);
        [said, sum, count] = [performance.now(), 0, 0];
      }
      if ((step + 1) % evaluateEvery === 0 && step + 1 < steps) {
        await this.#save(step + 1, seconds());
        await this.#look(step + 1);
        [said, sum, count] = [performance.now(), 0, 0];
      }
    }
    const all = seconds();
    await this.#save(steps, all);
    return { steps, seconds: all };
  }

  async #save(step: number, seconds: number): Promise<void> {
    const state = await this.#trainer.state();
    const identity = this.#identity;
    await saveCheckpoint(this.#settings.folder, { identity, step, seconds, state });
  }

  async #look(step: number): Promise<void> {
    const model = this.#prepared.ship(await this.#trainer.weights());
    const scores = await scoresOf(this.#prepared, model, this.#settings.runtime, true);
    const words = Object.entries(scores).map(
      ([name, value]) => `${name} ${Number(value.toFixed(4))}`,
    );
    this.#settings.say(`step ${step} · held out: ${words.join(', ')}`);
  }
}

function progress(step: number, steps: number, rate: number): string {
  const minutes = (steps - step) / rate / 60;
  return `step ${step} of ${steps} · ${rate.toFixed(1)} steps/s · ${minutes.toFixed(0)} min left`;
}

async function scoresOf(
  prepared: Prepared,
  model: Model,
  runtime: Runtime,
  quick: boolean,
): Promise<Scores> {
  const session = await runtime.createSession(writeOnnx(model));
  try {
    return await prepared.evaluate(session, quick);
  } finally {
    await session.release();
  }
}
