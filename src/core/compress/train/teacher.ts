/** The teacher: the model before the first step, asked for its answers to each batch. */
import { indexGraph } from '../../onnx/graph.ts';
import { inputsOf } from '../../onnx/signature.ts';
import type { Model } from '../../onnx/types.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { Feeds, Runtime, Session, Value } from '../../runtime.ts';
import { beforeSoftmax, chooseAnswers, feedsFor, watching, type LossKind } from './answers.ts';

/** One output as both models have it. */
export interface Pair {
  readonly teacher: string;
  readonly student: string;
}

/** What student and teacher are compared by. */
export interface Comparison {
  readonly kind: LossKind;
  readonly outputs: readonly Pair[];
  /** Values inside both, of equal names and dims in the teacher's graph. */
  readonly hidden: readonly string[];
}

/** More hidden states than this say nothing new. */
const mostHidden = 8;

/** Runs a teacher. Release it after use. */
export class Teacher {
  readonly comparison: Comparison;
  readonly #session: Session;
  readonly #inputs: ReadonlySet<string>;

  private constructor(comparison: Comparison, session: Session, inputs: ReadonlySet<string>) {
    this.comparison = comparison;
    this.#session = session;
    this.#inputs = inputs;
  }

  /**
   * Opens the teacher and decides by its answers to `feeds` what the student learns. `hidden` asks for
   * hidden states as well. Errors: RecipeError where the outputs do not fit the loss, RuntimeError.
   */
  static async open(
    model: Model,
    student: Model,
    feeds: Feeds,
    { loss, hidden }: { readonly loss: 'auto' | LossKind; readonly hidden: boolean },
    runtime: Runtime,
  ): Promise<Teacher> {
    const inputs = new Set(inputsOf(model).map(({ name }) => name));
    const whole = await runtime.createSession(writeOnnx(model));
    const given = await whole.run(feedsFor(inputs, feeds)).finally(() => whole.release());
    const common = new Set(student.graph.outputs.map(({ name }) => name));
    const shared = Object.fromEntries(Object.entries(given).filter(([name]) => common.has(name)));
    const { kind, outputs } = chooseAnswers(loss, shared);
    const pairs = outputs.map((name) => {
      if (kind !== 'scores') return { teacher: name, student: name };
      const rank = given[name]!.dims.length;
      return {
        teacher: beforeSoftmax(model, name, rank),
        student: beforeSoftmax(student, name, rank),
      };
    });
    const comparison = { kind, outputs: pairs, hidden: hidden ? sharedStates(model, student) : [] };
    const watched = [...pairs.map(({ teacher }) => teacher), ...comparison.hidden];
    const session = await runtime.createSession(writeOnnx(watching(model, watched)));
    return new Teacher(comparison, session, inputs);
  }

  /** The compared values for a batch, by the teacher's names. Errors: RuntimeError. */
  answers(feeds: Feeds): Promise<Record<string, Value>> {
    return this.#session.run(feedsFor(this.#inputs, feeds));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Sums of two computed values, as residual layers end in, that both graphs have under one name. */
function sharedStates(teacher: Model, student: Model): string[] {
  const { producer } = indexGraph(teacher.graph);
  const names = student.graph.nodes
    .filter(({ opType, inputs }) => opType === 'Add' && inputs.every((one) => producer.has(one)))
    .map(({ outputs }) => outputs[0]!)
    .filter((name) => producer.get(name)?.opType === 'Add');
  const every = Math.max(1, Math.ceil(names.length / mostHidden));
  return names.filter((_, index) => (names.length - 1 - index) % every === 0);
}
