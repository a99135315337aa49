/**
 * A session whose weights are inputs: one serves any number of variants, where each would otherwise
 * need a session of its own.
 */
import { encodeFloat16 } from '../../math/float16.ts';
import { value } from '../../onnx/build.ts';
import { elementCount, loadFloats } from '../../onnx/tensor.ts';
import type { Dtype, Model } from '../../onnx/types.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { Feeds, Runtime, Session, Value, ValueData } from '../../runtime.ts';
import { sessionFor, type Answerer } from './answering.ts';
import type { Evaluator, Loss } from './evaluator.ts';

/** Values of weights, by key, in the order in which the weights are stored. */
export type Exchanged = ReadonlyMap<string, Float32Array>;

/** Weights up to this many bytes go through one session. */
const most = 2 ** 26;

const feedable: ReadonlySet<Dtype> = new Set(['float32', 'float16']);

/** Whether a weight can be an input: one of the main graph, of a type that every runtime takes. */
export const isExchangeable = ({ path, stored, dtype, quantized }: Weight): boolean =>
  path.length === 0 && stored !== 'sparse' && !quantized && feedable.has(dtype);

/** Weights in runs that one session can take in turn. A weight that is too large goes alone. */
export function sessionRuns<T extends { readonly weights: readonly Weight[] }>(
  groups: readonly T[],
): T[][] {
  const runs: T[][] = [];
  let room = 0;
  for (const group of groups) {
    const bytes = group.weights.reduce((sum, { tensor }) => sum + 4 * elementCount(tensor), 0);
    if (bytes > room || runs.length === 0) {
      runs.push([]);
      room = most;
    }
    runs.at(-1)!.push(group);
    room -= bytes;
  }
  return runs;
}

/** Runs a model with other values in some of its weights. Release it after use. */
export class Exchange {
  readonly #evaluator: Evaluator;
  readonly #session: Session;
  readonly #names: Answerer['names'];
  readonly #weights: readonly Weight[];
  readonly #own: Feeds;

  private constructor(
    evaluator: Evaluator,
    session: Session,
    names: Answerer['names'],
    weights: readonly Weight[],
    own: Feeds,
  ) {
    this.#evaluator = evaluator;
    this.#session = session;
    this.#names = names;
    this.#weights = weights;
    this.#own = own;
  }

  /**
   * All of the weights must be exchangeable; `model` may hold them as codes by now, their own values are
   * those of before. Errors: RuntimeError.
   */
  static async open(
    model: Model,
    weights: readonly Weight[],
    evaluator: Evaluator,
    runtime: Runtime,
  ): Promise<Exchange> {
    const watched = evaluator.watched(withInputs(model, weights));
    const own: Record<string, Value> = {};
    for (const weight of weights) {
      own[weight.name] = valueOf(weight, await loadFloats(weight.tensor));
    }
    const session = await sessionFor(watched.model, runtime);
    return new Exchange(evaluator, session, watched.names, weights, own);
  }

  /** What the model loses with these values. Errors: RuntimeError, the signal's reason. */
  loss(values: Exchanged): Promise<Loss> {
    const feeds = Object.fromEntries(
      this.#weights.map((weight) => {
        const other = values.get(weight.key);
        return [weight.name, other ? valueOf(weight, other) : this.#own[weight.name]!];
      }),
    );
    return this.#evaluator.lossOf({
      names: this.#names,
      run: (batch) => this.#session.run({ ...batch, ...feeds }),
    });
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function valueOf({ dtype, dims }: Weight, values: Float32Array): Value {
  const data: ValueData = dtype === 'float16' ? encodeFloat16(values) : values;
  return { dtype, dims, data };
}

/** The model without what stores or makes these values, which its callers must feed. */
function withInputs(model: Model, weights: readonly Weight[]): Model {
  const names = new Set(weights.map(({ name }) => name));
  const { graph } = model;
  const made = weights.map(({ name, dtype, dims }) => value(name, dtype, dims));
  return {
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.filter(({ outputs }) => !outputs.some((output) => names.has(output))),
      initializers: graph.initializers.filter(({ name }) => !names.has(name)),
      inputs: [...graph.inputs.filter(({ name }) => !names.has(name)), ...made],
    },
  };
}
