/** What a chart of a sound and of two curves of probabilities draws, and what it says. */

/** Lowest and highest value of each of some equal parts. */
export interface Envelope {
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** What is left of a signal when it is drawn in so many columns. */
export function envelopeOf(samples: Float32Array, columns: number): Envelope {
  const [low, high] = [new Float32Array(columns), new Float32Array(columns)];
  for (let column = 0; column < columns && samples.length > 0; column++) {
    const start = Math.floor((column * samples.length) / columns);
    const end = Math.max(start + 1, Math.floor(((column + 1) * samples.length) / columns));
    let [least, most] = [Infinity, -Infinity];
    for (let at = start; at < end; at++) {
      least = Math.min(least, samples[at]!);
      most = Math.max(most, samples[at]!);
    }
    low[column] = least;
    high[column] = most;
  }
  return { low, high };
}

/** A place in a chart; CSS pixels. */
export interface Plot {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A signal as vertical lines around the middle, its loudest part filling the plot. */
export function wavePath({ low, high }: Envelope, plot: Plot): string {
  let peak = 1e-6;
  for (const values of [low, high]) {
    for (const value of values) peak = Math.max(peak, Math.abs(value));
  }
  const middle = plot.top + plot.height / 2;
  const y = (value: number): string => (middle - (value / peak) * (plot.height / 2)).toFixed(1);
  const step = plot.width / low.length;
  return Array.from(low, (least, column) => {
    const x = (plot.left + (column + 0.5) * step).toFixed(1);
    return `M${x} ${y(least)}V${y(high[column]!)}`;
  }).join('');
}

/** Values of 0 to `top`, a line through them; `span` is how many fill the width. */
export function curvePath(values: Float32Array, span: number, plot: Plot, top = 1): string {
  const x = (at: number): number => plot.left + ((at + 0.5) / span) * plot.width;
  const y = (value: number): string =>
    (plot.top + (1 - Math.min(1, value / top)) * plot.height).toFixed(1);
  const point = (value: number, at: number): string => `${x(at).toFixed(1)} ${y(value)}`;
  const columns = Math.ceil((values.length / span) * plot.width);
  if (values.length === 0) return '';
  if (values.length <= 2 * columns) return `M${Array.from(values, point).join('L')}`;
  // Where several lie on one pixel, their extremes are all that can be seen.
  const { low, high } = envelopeOf(values, columns);
  const width = values.length / columns;
  const ends = Array.from(low, (least, column) => {
    const at = (column + 0.5) * width - 0.5;
    return `${point(least, at)}L${point(high[column]!, at)}`;
  });
  return `M${ends.join('L')}`;
}

/** The mean of a curve's values in each second. */
export function perSecond(values: Float32Array, step: number): readonly number[] {
  const sums: { sum: number; count: number }[] = [];
  values.forEach((value, at) => {
    const second = Math.floor(at * step + 1e-9);
    const cell = (sums[second] ??= { sum: 0, count: 0 });
    cell.sum += value;
    cell.count++;
  });
  return Array.from(sums, (cell) => cell.sum / cell.count);
}

/** The end of an axis of differences: a round number that holds them all. */
export const differenceTop = (max: number): number =>
  [0.001, 0.01, 0.1, 0.2, 0.5].find((top) => max <= top) ?? 1;

/** Whole seconds to mark on an axis of `seconds` and `width` pixels: no closer than 56 pixels. */
export function secondTicks(seconds: number, width: number): readonly number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600];
  const step = steps.find((one) => (one / seconds) * width >= 56) ?? 3600;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

/** `3.2 s`, `1:05`. */
export function timeText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
