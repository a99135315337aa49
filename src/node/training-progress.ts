/** A training on the progress line, and what is said when it is interrupted. */
import type { HeldOut, TrainingNews } from '../core/compress/training.ts';
import type { ProgressLine } from './progress.ts';

/** Shows news: off a terminal a line for each look at held-out samples. */
export function trainingProgress(progress: ProgressLine): (news: TrainingNews) => void {
  let seen = 'Training';
  return ({ step, steps, loss, heldOut, best }) => {
    if (heldOut) {
      const kept = best?.step === step && step > 0 ? ', the best so far' : '';
      seen = `Training, step ${step} of ${steps}: held-out ${described(heldOut)}${kept}`;
    }
    const detail = step > 0 ? `· step ${step}, train loss ${loss.toPrecision(3)}` : '';
    progress.update(seen, detail);
  };
}

export const described = ({ loss, agreement, accuracy }: HeldOut): string =>
  [
    `loss ${loss.toPrecision(3)}`,
    `agreement ${(100 * agreement).toFixed(1)} %`,
    ...(accuracy === undefined ? [] : [`accuracy ${(100 * accuracy).toFixed(1)} %`]),
  ].join(', ');

/** The user stopped a training that can be gone on with; `name` makes it an interruption like others. */
export class InterruptedTraining extends Error {
  override name = 'AbortError';
}
