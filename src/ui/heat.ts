/** How losses become shades: as many levels as an eye tells apart, each a factor above the one before. */

/** Shades, the palest first. */
export const heatLevels = 6;

/** From the least to the largest loss above 0, on a logarithmic scale. */
export interface HeatScale {
  /** 0 to `heatLevels` − 1; losses of 0 and below are 0. */
  level(loss: number): number;
  /** Where each level begins; the first begins at 0. */
  readonly from: readonly number[];
}

/** A scale over some losses; smaller ones than a ten-thousandth of the largest need no shades of their own. */
export function heatScale(losses: readonly number[]): HeatScale {
  const positive = losses.filter((loss) => loss > 0 && Number.isFinite(loss));
  if (positive.length === 0) return { level: () => 0, from: [0] };
  const largest = Math.max(...positive);
  const least = Math.max(Math.min(...positive), largest / 10_000);
  const span = Math.log(largest / least);
  const from = Array.from({ length: heatLevels }, (_, level) =>
    level === 0 ? 0 : least * Math.exp((span * level) / heatLevels),
  );
  if (span === 0) return { level: (loss) => (loss > 0 ? heatLevels - 1 : 0), from: [0] };
  return {
    level: (loss) =>
      Math.max(
        0,
        from.findLastIndex((start) => loss >= start),
      ),
    from,
  };
}
