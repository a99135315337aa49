/** The scales of charts as colors of pixels. */

export type Rgb = readonly [number, number, number];

/** The stops of a scale, `--heat` or `--diverge`, as the page shows it now. */
export function shadesOf(element: Element, scale: 'heat' | 'diverge'): Rgb[] {
  const style = getComputedStyle(element);
  const count = scale === 'heat' ? 7 : 9;
  return Array.from({ length: count }, (_, index) =>
    parsed(style.getPropertyValue(`--${scale}-${index}`)),
  );
}

function parsed(color: string): Rgb {
  const hex = /^#([0-9a-f]{6})$/i.exec(color.trim())?.[1] ?? '808080';
  const channel = (at: number): number => parseInt(hex.slice(at, at + 2), 16);
  return [channel(0), channel(2), channel(4)];
}

/** The color at `share` of the way from the first stop (0) to the last (1). */
export function shadeAt(stops: readonly Rgb[], share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [stops[below], stops[below + 1]];
  if (!from || !to) return [128, 128, 128];
  const part = place - below;
  return [0, 1, 2].map((at) =>
    Math.round(from[at]! + part * (to[at]! - from[at]!)),
  ) as unknown as Rgb;
}
