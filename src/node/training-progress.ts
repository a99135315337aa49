/** A training on the progress line. */
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
