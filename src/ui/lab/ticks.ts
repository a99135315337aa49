/** Where the lines of an axis stand: round numbers on linear scales, powers of ten on logarithmic ones. */

/** About `count` multiples of 1, 2 or 5 times a power of ten within the range; none for an empty range. */
export function roundNumbers(from: number, to: number, count: number): number[] {
  if (!(to > from) || !Number.isFinite(to - from)) return [];
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  );
}

/** Powers of ten within the range; with twos and fives between where there are few. */
export function powers(from: number, to: number): number[] {
  if (!(from > 0 && to > from)) return [];
  const decades = Math.log10(to / from);
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5];
  const lowest = Math.floor(Math.log10(from));
  const all = Array.from({ length: Math.ceil(decades) + 2 }, (_, index) =>
    factors.map((factor) => Number((factor * 10 ** (lowest + index)).toPrecision(12))),
  ).flat();
  return all.filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9));
}

/** The least range that holds all values with some air around; `[0, 1]` where there are none. */
export function rangeOf(values: readonly number[], isLog: boolean, air = 0.06): [number, number] {
  const shown = values.filter((value) => Number.isFinite(value) && (!isLog || value > 0));
  if (shown.length === 0) return isLog ? [1, 10] : [0, 1];
  const [low, high] = shown.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  if (isLog) {
    const factor = high > low ? (high / low) ** air : 1.5;
    return [low / factor, high * factor];
  }
  const room = high > low ? (high - low) * air : Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}
