/** An axis of the plane of variants, as the plot draws it. */
import type { PlotAxis } from '../parts/lab/chart/plane.ts';
import { formatFigure, type Axis } from './axes.ts';
import type { Dot } from './pareto.ts';
import { powers, rangeOf, roundNumbers } from './ticks.ts';

/** Over all dots and their intervals, with ticks only where a figure can be. */
export function plotAxisOf(axis: Axis, dots: readonly Dot[], part: 'x' | 'y'): PlotAxis {
  const values = dots.flatMap((dot) => [
    dot[part],
    ...((part === 'x' ? dot.xInterval : dot.yInterval) ?? []),
  ]);
  const [low, high] = rangeOf(values, axis.log);
  // Nothing is more than all, or less than nothing.
  const most = axis.unit === 'share' ? 1 : Infinity;
  const ticks = axis.log ? powers(low, high) : roundNumbers(low, high, part === 'x' ? 6 : 5);
  return {
    label: `${axis.label}, ${axis.better} is better`,
    from: low,
    to: high,
    log: axis.log,
    ticks: ticks.filter((value) => value <= most && (value >= 0 || axis.unit !== 'share')),
    format: (value) => formatFigure(value, axis.unit),
  };
}
