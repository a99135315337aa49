/** Times a form against float32 on a runtime, in turns. */
import { writeOnnx } from '../../onnx/write.ts';
import type { Feeds, Runtime, Session, SessionOptions } from '../../runtime.ts';
import type { Model } from '../../onnx/types.ts';
import type { Speed, Support } from './forms.ts';

/** Milliseconds since some moment. */
export type Clock = () => number;

/** A model in the form that is timed, and how its session is made. */
export interface Timed {
  readonly model: Model;
  readonly session: SessionOptions;
}

/** Rounds of one run each; the fastest counts, since whatever else a machine does only adds. */
const rounds = 9;

/** How many times as fast as `plain` a form is, with one row and with many. Errors: those of the runtime. */
export async function timeForm(
  runtime: Runtime,
  form: Timed,
  plain: Model,
  rows: { readonly one: Feeds; readonly many: Feeds },
  clock: Clock,
): Promise<Speed> {
  const sessions: Session[] = [];
  try {
    sessions.push(await runtime.createSession(writeOnnx(form.model), form.session));
    sessions.push(await runtime.createSession(writeOnnx(plain), {}));
    const ratio = async (feeds: Feeds): Promise<number> => {
      const best = [Infinity, Infinity];
      for (let round = 0; round <= rounds; round++) {
        for (const [at, session] of sessions.entries()) {
          const start = clock();
          await session.run(feeds);
          // The first round warms up.
          if (round > 0) best[at] = Math.min(best[at]!, clock() - start);
        }
      }
      return best[1]! / Math.max(best[0]!, 1e-6);
    };
    return { one: await ratio(rows.one), many: await ratio(rows.many) };
  } finally {
    for (const session of sessions) await session.release();
  }
}

/** How much faster a form must be than the one that comes first, to be taken instead. */
const margin = 1.1;

/** Why integer products should not serve a model that is run token by token: they were measured to be slower than unpacked weights. */
export function slowerForOneRow(support: Support): string | undefined {
  const speedOf = (id: 'integer-products' | 'rounded-activations'): number | undefined => {
    const verdict = support[id];
    return verdict?.available ? verdict.speed?.one : undefined;
  };
  const integer = speedOf('integer-products');
  const unpacked = speedOf('rounded-activations');
  if (integer === undefined || unpacked === undefined || unpacked <= margin * integer)
    return undefined;
  const times = (ratio: number): string => `${ratio.toPrecision(2)}×`;
  return `one token at a time, integer products ran at ${times(integer)} the speed of float32 here, unpacked weights at ${times(unpacked)}`;
}
