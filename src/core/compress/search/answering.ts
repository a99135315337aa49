/** Sessions that give what variants are compared by. */
import { RecipeError } from '../../errors.ts';
import { hasClasses, rowsOf } from '../../evaluate/values.ts';
import type { Model } from '../../onnx/types.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { Feeds, Runtime, Session, Value } from '../../runtime.ts';
import { realizeWith } from '../realize/realize.ts';
import type { LossUnit } from '../search.ts';
import { beforeSoftmax, chooseAnswers, watching, type Answers } from '../train/answers.ts';

/** What answers a batch: a session, or one whose weights can be exchanged. */
export interface Answerer {
  run(feeds: Feeds): Promise<Readonly<Record<string, Value>>>;
  /** By the output of the original, the name under which this one gives it. */
  readonly names: ReadonlyMap<string, string>;
}

/** The outputs that are compared; how many axes they have, and rows for the first batch. */
export interface Watched extends Answers {
  readonly ranks: ReadonlyMap<string, number>;
  readonly rows: number;
}

/** Which outputs are compared, decided by what a model answers to some feeds. Errors: RecipeError where none fits the metric, RuntimeError. */
export async function answersOf(
  model: Model,
  feeds: Feeds,
  metric: 'auto' | LossUnit,
  runtime: Runtime,
): Promise<Watched> {
  const session = await sessionFor(model, runtime);
  const given = await session.run(feeds).finally(() => session.release());
  if ((metric === 'kl' || metric === 'flips') && !Object.values(given).some(hasClasses)) {
    throw new RecipeError(
      'This model gives no scores of classes, so no answer can change. Limit the relative error instead.',
    );
  }
  const wanted = metric === 'auto' ? 'auto' : metric === 'relative-error' ? 'values' : 'scores';
  const answers = chooseAnswers(wanted, given);
  const ranks = new Map(answers.outputs.map((name) => [name, given[name]!.dims.length] as const));
  const rows = rowsOf(given[answers.outputs[0]!]!).rows;
  return { ...answers, ranks, rows: Math.max(rows, 1) };
}

/** The graph that gives the values which are compared, and their names there. */
export function watchedIn(
  model: Model,
  answers: Watched,
): { readonly model: Model; readonly names: ReadonlyMap<string, string> } {
  const names = new Map(
    answers.outputs.map((output) => [
      output,
      answers.kind === 'scores' ? beforeSoftmax(model, output, answers.ranks.get(output)!) : output,
    ]),
  );
  return { model: watching(model, [...names.values()]), names };
}

/** Opens a model for as long as it is used. Errors: ModelError, RuntimeError, those of `use`. */
export async function withSession<T>(
  model: Model,
  answers: Watched,
  runtime: Runtime,
  use: (answerer: Answerer) => Promise<T>,
): Promise<T> {
  const watched = watchedIn(model, answers);
  const session = await sessionFor(watched.model, runtime);
  try {
    return await use({ run: (feeds) => session.run(feeds), names: watched.names });
  } finally {
    await session.release();
  }
}

/** A session that computes a model's codes as the real numbers that they stand for. Errors: ModelError, RuntimeError. */
export async function sessionFor(model: Model, runtime: Runtime): Promise<Session> {
  const realized = await realizeWith(model, runtime.device, (id) =>
    id === 'fold-dequantize' ? undefined : 'only its values are asked for',
  );
  return runtime.createSession(writeOnnx(realized.model), realized.session);
}
