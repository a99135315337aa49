/** Scales, ticks and lines of the loss curve. */
import type { TrainingNews } from '../core/compress/training.ts';
import { powers, roundNumbers } from './lab/ticks.ts';

export interface Point {
  readonly step: number;
  readonly loss: number;
}

/** The losses while training, and those on held-out samples. */
export interface Losses {
  readonly train: readonly Point[];
  readonly heldOut: readonly Point[];
}

export function lossesOf(news: readonly TrainingNews[]): Losses {
  const finite = ({ loss }: Point): boolean => Number.isFinite(loss);
  return {
    // Before the first step there is no loss of training.
    train: news.filter(({ step }) => step > 0).filter(finite),
    heldOut: news
      .flatMap(({ step, heldOut }) => (heldOut ? [{ step, loss: heldOut.loss }] : []))
      .filter(finite),
  };
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Room for the labels. */
  readonly left: number;
  readonly bottom: number;
}

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axes {
  readonly x: (step: number) => number;
  readonly y: (loss: number) => number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
}

/** Room above the highest and beside the last point, for half a mark. */
const margin = 8;

/** Steps run to the end of the training. The linear scale starts at 0; a logarithmic one leaves out what is not positive. */
export function axesFor(
  { train, heldOut }: Losses,
  steps: number,
  isLog: boolean,
  { width, height, left, bottom }: Frame,
): Axes {
  const values = [...train, ...heldOut]
    .map(({ loss }) => loss)
    .filter((loss) => !isLog || loss > 0);
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0.1, 1];
  const [from, to] = isLog ? [low / 1.2, high * 1.2] : [0, high > 0 ? high * 1.05 : 1];
  const scaled = (loss: number): number =>
    isLog
      ? Math.log(Math.max(loss, from) / from) / Math.log(to / from)
      : (loss - from) / (to - from);
  const x = (step: number): number => left + ((width - left - margin) * step) / Math.max(steps, 1);
  const y = (loss: number): number => margin + (height - bottom - margin) * (1 - scaled(loss));
  const tick = (loss: number): Tick => ({ at: y(loss), text: formatLoss(loss) });
  return {
    x,
    y,
    xTicks: roundNumbers(0, steps, Math.max(2, Math.floor(width / 120)))
      .filter(Number.isInteger)
      .map((step) => ({ at: x(step), text: step.toLocaleString('en-US') })),
    yTicks: (isLog ? powers(from, to) : roundNumbers(from, to, 4)).map(tick),
  };
}

/** The path of a line through the points. */
export const pathOf = (points: readonly Point[], { x, y }: Axes): string =>
  points
    .map(
      ({ step, loss }, index) =>
        `${index === 0 ? 'M' : 'L'}${x(step).toFixed(1)},${y(loss).toFixed(1)}`,
    )
    .join('');

/** `1.23`, `0.0456`, `1.2e-5`. */
export function formatLoss(loss: number): string {
  if (loss === 0) return '0';
  return Math.abs(loss) < 1e-4 ? loss.toExponential(1) : String(Number(loss.toPrecision(3)));
}
