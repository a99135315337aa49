/** Weights worked on as many at once as the crew takes, given back in their order. */
import type { Weight } from '../../onnx/weights.ts';
import { inFlight } from '../in-flight.ts';
import type { Context } from '../technique.ts';

/** What `start` makes of each weight, with progress before each and the signal heeded. Errors: those of `start`, the signal's reason. */
export async function* fittedInTurn<T>(
  weights: readonly Weight[],
  { crew, progress, signal }: Pick<Context, 'crew' | 'progress' | 'signal'>,
  start: (weight: Weight) => Promise<T>,
): AsyncGenerator<readonly [Weight, T]> {
  const tell = (done: number): void => {
    const next = weights[Math.min(done, weights.length - 1)];
    if (next) progress(done, weights.length, next.key);
  };
  let done = 0;
  tell(done);
  for await (const [weight, made] of inFlight(weights, crew.size, start)) {
    signal.throwIfAborted();
    yield [weight, made];
    tell(++done);
    signal.throwIfAborted();
  }
}
