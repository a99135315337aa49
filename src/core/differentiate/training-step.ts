/**
 * One step of training as an ordinary ONNX graph: forward, loss, the way back, clipping, the
 * optimizer. Everything that goes from step to step is a vector that comes in and goes out.
 */
import { ModelError } from '../errors.ts';
import { value as valueInfo } from '../onnx/build.ts';
import { namesOf, sorted, withoutUnreachable } from '../onnx/graph.ts';
import { loadFloats } from '../onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../onnx/types.ts';
import type { Feeds, Runtime } from '../runtime.ts';
import { emitBackward } from './backward.ts';
import { emitRunning, useBatchStatistics, type Running } from './batch-statistics.ts';
import { Border, type StateVector } from './border.ts';
import type { MaskInput } from './dropout.ts';
import { GraphEmitter } from './emitter.ts';
import { traceForward, type Forward } from './forward.ts';
import type { Loss, LossEmission, LossInput } from './losses/loss.ts';
import { emitPacked, emitSlot, packed, packingOf, type Packing } from './packing.ts';
import { emitSum } from './sums.ts';
import { emitUpdate, type UpdateOptions } from './update.ts';

export interface TrainingOptions extends UpdateOptions {
  /** Names of the initializers to train. */
  readonly trained: readonly string[];
  readonly loss: Loss;
  /** Whether BatchNormalization uses the statistics of the batch, and its running averages follow. */
  readonly batchStatistics?: boolean;
}

export interface TrainingStep {
  readonly model: Model;
  /** How the trained values and the running statistics lie in their vectors. */
  readonly parameters: Packing;
  readonly statistics: Packing;
  readonly state: readonly StateVector[];
  /** Inputs of one number each, by what the optimizer calls them. */
  readonly scalars: ReadonlyMap<string, string>;
  /** What the loss asks for besides the model's inputs. */
  readonly lossInputs: readonly LossInput[];
  readonly masks: readonly MaskInput[];
  /** Outputs of one number: the loss, and the norm of the gradients before clipping. */
  readonly loss: string;
  readonly norm: string;
  /** Takes the model's inputs, `parameters` and `statistics`; gives the model's outputs. */
  readonly prediction: Prediction;
  /** Trained values that the loss does not depend on. */
  readonly untouched: readonly string[];
}

/** The forward graph with its weights as inputs. */
export interface Prediction {
  readonly model: Model;
  /** Names of the inputs. */
  readonly parameters: string;
  readonly statistics: string;
}

/**
 * Builds the step for inputs as large as `feeds`. Errors: ModelError that names what can't be trained
 * and why, RuntimeError where the graph does not run.
 */
export async function trainingStep(
  model: Model,
  feeds: Feeds,
  options: TrainingOptions,
  runtime: Runtime,
): Promise<TrainingStep> {
  const { batchStatistics = false, trained } = options;
  const traced = await traceForward(model, feeds, new Set(trained), runtime);
  const initialized = trainedTensors(traced.model, trained);
  const emitter = new GraphEmitter(namesOf(traced.model));
  const border = new Border(emitter);
  const masked = border.maskDropouts(traced);
  const { forward, nodes, running } = batchStatistics
    ? useBatchStatistics(masked, emitter)
    : { forward: masked, nodes: new Set<Node>(), running: [] };

  const emission = emitLoss(options.loss, forward, emitter, border);
  const seeds = emission.gradients;
  const gradients = emitBackward(forward, emitter, {
    seeds,
    wanted: trained,
    batchStatistics: nodes,
  });

  const parameters = packingOf(initialized);
  const values = await vectorOf(parameters, initialized);
  const update = emitUpdate(emitter, border, parameters, gradients, values, options);
  for (const slot of parameters.slots) emitSlot(emitter, update.input, slot);
  const statistics = await emitStatistics(traced, emitter, border, running);
  return {
    model: {
      ...forward.model,
      graph: assembled(forward.model.graph, emitter, border, new Set(trained)),
    },
    parameters,
    statistics,
    state: border.state,
    scalars: border.scalars,
    lossInputs: border.lossInputs,
    masks: border.masks,
    loss: emission.value,
    norm: update.norm,
    prediction: predictionModel(traced.model, parameters, statistics),
    untouched: trained.filter((name) => !gradients.has(name)),
  };
}

function emitLoss(
  loss: Loss,
  forward: Forward,
  emitter: GraphEmitter,
  border: Border,
): LossEmission {
  const emission = loss.emit({
    emit: (...given) => emitter.emit(...given),
    emitMany: (...given) => emitter.emitMany(...given),
    floats: (...given) => emitter.floats(...given),
    integers: (...given) => emitter.integers(...given),
    dims: (value) => {
      const known = forward.values.get(value);
      if (known) return known.dims;
      const { outputs } = forward.model.graph;
      throw new ModelError(
        `The loss looks at "${value}", which this model does not have. Its outputs are ${outputs.map(({ name }) => `"${name}"`).join(', ')}.`,
      );
    },
    sum: (...given) => emitSum(emitter, ...given),
    input: (input) => border.lossInput(input),
  });
  border.report(emission.value);
  return emission;
}

/** Errors: ModelError for a name that is no float32 initializer. */
function trainedTensors({ graph }: Model, trained: readonly string[]): readonly Tensor[] {
  const byName = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  return trained.map((name) => {
    const tensor = byName.get(name);
    if (!tensor) {
      throw new ModelError(
        `"${name}" can't be trained: it is no stored weight of the main graph. Choose other weights.`,
      );
    }
    if (tensor.dtype !== 'float32') {
      throw new ModelError(
        `"${name}" can't be trained: it is ${tensor.dtype}, and training needs float32. Choose other weights, or export the model as float32.`,
      );
    }
    return tensor;
  });
}

async function vectorOf(packing: Packing, tensors: readonly Tensor[]): Promise<Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const tensor of tensors) values.set(tensor.name, await loadFloats(tensor));
  return packed(packing, ({ name }) => values.get(name)!);
}

/** Lets the running statistics of BatchNormalization go round. Gives how they lie in their vector. */
async function emitStatistics(
  { model }: Forward,
  emitter: GraphEmitter,
  border: Border,
  running: readonly Running[],
): Promise<Packing> {
  const byName = new Map(model.graph.initializers.map((tensor) => [tensor.name, tensor]));
  const tensors = running.map(({ stored }) => byName.get(stored)!);
  const packing = packingOf(tensors);
  if (running.length === 0) return packing;
  const batch = new Map(running.map((one) => [one.stored, one.batch]));
  border.goRound('statistics', await vectorOf(packing, tensors), (before) =>
    emitRunning(
      emitter,
      before,
      emitPacked(emitter, packing, ({ name }) => batch.get(name)),
    ),
  );
  return packing;
}

/** The whole graph: what was there, without the stored weights that come in now, and what was emitted. */
function assembled(
  graph: Graph,
  emitter: GraphEmitter,
  border: Border,
  replaced: ReadonlySet<string>,
): Graph {
  return withoutUnreachable(
    sorted({
      ...graph,
      nodes: [...graph.nodes, ...emitter.nodes],
      initializers: [
        ...graph.initializers.filter(({ name }) => !replaced.has(name)),
        ...emitter.initializers,
      ],
      inputs: [...graph.inputs, ...border.inputs],
      outputs: border.outputs,
    }),
  );
}

function predictionModel(model: Model, parameters: Packing, statistics: Packing): Prediction {
  const emitter = new GraphEmitter(namesOf(model));
  const names = {
    parameters: emitter.name('parameters'),
    statistics: emitter.name('statistics'),
  };
  for (const slot of parameters.slots) emitSlot(emitter, names.parameters, slot);
  for (const slot of statistics.slots) emitSlot(emitter, names.statistics, slot);
  const replaced = new Set([...parameters.slots, ...statistics.slots].map(({ name }) => name));
  const { graph } = model;
  const whole = {
    ...graph,
    nodes: [...emitter.nodes, ...graph.nodes],
    initializers: [
      ...graph.initializers.filter(({ name }) => !replaced.has(name)),
      ...emitter.initializers,
    ],
    inputs: [
      ...graph.inputs,
      valueInfo(names.parameters, 'float32', [parameters.length]),
      ...(statistics.slots.length > 0
        ? [valueInfo(names.statistics, 'float32', [statistics.length])]
        : []),
    ],
  };
  return { model: { ...model, graph: withoutUnreachable(whole) }, ...names };
}
