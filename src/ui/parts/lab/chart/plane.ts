/** What a plot is told of its axes, and what it tells its marks. */

export interface PlotAxis {
  readonly label: string;
  readonly from: number;
  readonly to: number;
  readonly log?: boolean;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
}

/** Where values stand, in pixels from the upper left corner of the plane. */
export interface Plane {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly width: number;
  readonly height: number;
}
