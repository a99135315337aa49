/** Runs training steps: keeps the state on the device, feeds what each step needs, and looks at the result. */
import { RuntimeError } from '../errors.ts';
import type { Random } from '../math/random.ts';
import type { Model } from '../onnx/types.ts';
import { writeOnnx } from '../onnx/write.ts';
import type {
  Feeds,
  HeldValue,
  Runtime,
  SessionOptions,
  StatefulSession,
  Value,
} from '../runtime.ts';
import { drawMask } from './dropout.ts';
import { unpacked } from './packing.ts';
import { trainingStep, type TrainingOptions, type TrainingStep } from './training-step.ts';

export interface StepReport {
  /** The loss of the batch before the step's change. */
  readonly loss: number;
  /** The L2 norm of all gradients before clipping. */
  readonly norm: number;
}

/** Everything that training goes on from, by name of the vector. */
export type TrainerState = ReadonlyMap<string, Float32Array>;

/** Of a step: its number, counted from 0, its learning rate, and where its chance comes from. */
export interface StepSettings {
  readonly step: number;
  readonly learningRate: number;
  readonly random: Random;
}

const scalar = (value: number): Value => ({
  dtype: 'float32',
  dims: [],
  data: Float32Array.of(value),
});

const vector = (data: Float32Array): Value => ({ dtype: 'float32', dims: [data.length], data });

export class Trainer {
  readonly #graph: TrainingStep;
  readonly #options: TrainingOptions;
  readonly #runtime: Runtime;
  readonly #sessionOptions: SessionOptions;
  readonly #session: StatefulSession;
  #prediction: Promise<StatefulSession> | undefined;
  #state: Map<string, HeldValue>;

  private constructor(
    graph: TrainingStep,
    options: TrainingOptions,
    runtime: Runtime,
    sessionOptions: SessionOptions,
    session: StatefulSession,
  ) {
    this.#graph = graph;
    this.#options = options;
    this.#runtime = runtime;
    this.#sessionOptions = sessionOptions;
    this.#session = session;
    this.#state = new Map(
      graph.state.map(({ name, initial }) => [name, session.hold(vector(initial))]),
    );
  }

  /**
   * A trainer for batches like `feeds`, which holds the model's inputs. Errors: ModelError for what can't
   * be trained, RuntimeError where the runtime can't train or a graph does not run.
   */
  static async create(
    model: Model,
    feeds: Feeds,
    options: TrainingOptions,
    runtime: Runtime,
    sessionOptions: SessionOptions = {},
  ): Promise<Trainer> {
    const graph = await trainingStep(model, feeds, options, runtime);
    const hold = graph.state.map(({ output }) => output);
    const session = await openSession(runtime, graph.model, { ...sessionOptions, hold });
    return new Trainer(graph, options, runtime, sessionOptions, session);
  }

  /** Trained values that the loss does not depend on: they stay as they are. */
  get untouched(): readonly string[] {
    return this.#graph.untouched;
  }

  /** Trains on one batch: the model's inputs and what the loss asks for. Errors: RuntimeError. */
  async step(feeds: Feeds, { step, learningRate, random }: StepSettings): Promise<StepReport> {
    const { scalars, masks, state, loss, norm } = this.#graph;
    const numbers: Readonly<Record<string, number>> = {
      ...this.#options.optimizer.scalars(step, learningRate),
      averaging: averagingAt(this.#options.averaging ?? 0, step),
    };
    const given = [...scalars].map(([name, input]) => [input, scalar(numbers[name] ?? 0)] as const);
    const drawn = masks.map((mask) => [mask.name, drawMask(mask, random.fork(mask.name))] as const);
    const { outputs, held } = await this.#session.step(
      { ...feeds, ...Object.fromEntries([...given, ...drawn]) },
      Object.fromEntries(state.map(({ name, input }) => [input, this.#state.get(name)!])),
    );
    for (const { name, output } of state) {
      this.#state.get(name)!.release();
      this.#state.set(name, held[output]!);
    }
    return { loss: numberOf(outputs[loss]), norm: numberOf(outputs[norm]) };
  }

  /** The model's outputs for inputs as large as those of a batch, with the weights as they are now (their average, where one is kept). */
  async predict(feeds: Feeds): Promise<Record<string, Value>> {
    const { model, parameters, statistics } = this.#graph.prediction;
    this.#prediction ??= openSession(this.#runtime, model, { ...this.#sessionOptions, hold: [] });
    const session = await this.#prediction;
    const running = this.#state.get('statistics');
    const { outputs } = await session.step(feeds, {
      [parameters]: this.#weights(),
      ...(running ? { [statistics]: running } : {}),
    });
    return outputs;
  }

  /** The trained values (their average, where one is kept) and the running statistics, by initializer. */
  async weights(): Promise<Map<string, Float32Array>> {
    const { parameters, statistics } = this.#graph;
    const running = this.#state.get('statistics');
    return new Map([
      ...unpacked(parameters, await read(this.#weights())),
      ...(running ? unpacked(statistics, await read(running)) : []),
    ]);
  }

  /** Everything that training goes on from. */
  async state(): Promise<TrainerState> {
    const entries = [...this.#state].map(
      async ([name, held]) => [name, (await read(held)).slice()] as const,
    );
    return new Map(await Promise.all(entries));
  }

  /** Goes on from an earlier state. Errors: RuntimeError where it is of another training; then nothing has changed. */
  restore(state: TrainerState): void {
    const needed = new Map(this.#graph.state.map(({ name, initial }) => [name, initial.length]));
    for (const name of new Set([...needed.keys(), ...state.keys()])) {
      const [found, wanted] = [state.get(name)?.length, needed.get(name)];
      if (found === wanted) continue;
      throw new RuntimeError(
        `The saved state has ${found ?? 'no'} values of "${name}", and this training needs ${wanted ?? 'none'}. It belongs to another training; start this one anew.`,
      );
    }
    for (const [name, values] of state) {
      this.#state.get(name)?.release();
      this.#state.set(name, this.#session.hold(vector(values)));
    }
  }

  async release(): Promise<void> {
    for (const held of this.#state.values()) held.release();
    await this.#session.release();
    // One that could not be opened has been told to whoever asked for it.
    await (await this.#prediction?.catch(() => undefined))?.release();
  }

  #weights(): HeldValue {
    return this.#state.get('average') ?? this.#state.get('parameters')!;
  }
}

async function openSession(
  runtime: Runtime,
  model: Model,
  options: SessionOptions & { readonly hold: readonly string[] },
): Promise<StatefulSession> {
  if (!runtime.createStatefulSession) {
    throw new RuntimeError(
      `Nothing can be trained on ${runtime.device} here. Choose another device.`,
    );
  }
  return runtime.createStatefulSession(writeOnnx(model), options);
}

/** How far the average moves: quickly at first, so that it forgets the fresh weights. */
const averagingAt = (decay: number, step: number): number =>
  1 - Math.min(decay, (1 + step) / (10 + step));

const numberOf = (value: Value | undefined): number => Number(value?.data[0] ?? NaN);

const read = async (held: HeldValue): Promise<Float32Array> =>
  (await held.read()).data as Float32Array;
