/** Every variant as a dot of a plane: where it stands, which none beats, and the way between them by keys. */
import type { Interval } from '../../core/evaluate/statistics.ts';
import type { VariantRecord } from '../state/variant.ts';
import { figureOn, type Axis, type Better } from './axes.ts';

export interface Dot {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly xInterval?: Interval;
  readonly yInterval?: Interval;
}

type Plotted = Pick<VariantRecord, 'id' | 'bytes' | 'figures' | 'parent'>;

/** The variants that both axes can show, and those that lack a figure. */
export function dotsOf<V extends Plotted>(
  variants: readonly V[],
  x: Axis,
  y: Axis,
): { readonly dots: readonly Dot[]; readonly missing: readonly V[] } {
  const dots: Dot[] = [];
  const missing: V[] = [];
  for (const variant of variants) {
    const [across, up] = [figureOn(x, variant), figureOn(y, variant)];
    if (!across || !up || !canShow(across.value, x) || !canShow(up.value, y)) missing.push(variant);
    else
      dots.push({
        id: variant.id,
        x: across.value,
        y: up.value,
        ...(across.interval ? { xInterval: across.interval } : {}),
        ...(up.interval ? { yInterval: up.interval } : {}),
      });
  }
  return { dots, missing };
}

const canShow = (value: number, { log }: Axis): boolean =>
  Number.isFinite(value) && (!log || value > 0);

/** Negative where `a` is the better one. */
const compareBy =
  (better: Better) =>
  (a: number, b: number): number =>
    better === 'lower' ? a - b : b - a;

/**
 * The dots that no other beats: none is at least as good on both axes and better on one. From the
 * best on x to the best on y.
 */
export function frontOf(
  dots: readonly Dot[],
  x: Pick<Axis, 'better'>,
  y: Pick<Axis, 'better'>,
): readonly Dot[] {
  const [byX, byY] = [compareBy(x.better), compareBy(y.better)];
  const front: Dot[] = [];
  for (const dot of [...dots].sort((a, b) => byX(a.x, b.x) || byY(a.y, b.y))) {
    const last = front[front.length - 1];
    const isEqual = last?.x === dot.x && last.y === dot.y;
    if (!last || isEqual || byY(dot.y, last.y) < 0) front.push(dot);
  }
  return front;
}

/** The corners of the front's line: what can be had at most for each value of x. */
export function stepsOf(front: readonly Dot[]): readonly (readonly [x: number, y: number])[] {
  return front.flatMap((dot, index) => {
    const before = front[index - 1];
    const corner = [dot.x, dot.y] as const;
    // From one dot to the next nothing better is known than the one before.
    return before ? [[dot.x, before.y] as const, corner] : [corner];
  });
}

/** Pairs of dots of which the second was made by changing the first one's recipe. */
export function lineageOf(
  dots: readonly Dot[],
  variants: readonly Pick<VariantRecord, 'id' | 'parent'>[],
): readonly (readonly [parent: Dot, child: Dot])[] {
  const byId = new Map(dots.map((dot) => [dot.id, dot]));
  return variants.flatMap(({ id, parent }) => {
    const [from, to] = [byId.get(parent), byId.get(id)];
    return from && to ? [[from, to] as const] : [];
  });
}

/** The dot that an arrow key leads to: the next along that axis; Home and End the ends of x. */
export function nextDot(dots: readonly Dot[], current: string, key: string): string | undefined {
  const axis = key === 'ArrowUp' || key === 'ArrowDown' ? 'y' : 'x';
  const other = axis === 'x' ? 'y' : 'x';
  // Dots of one place keep the order of their making, so that each can be reached.
  const ordered = [...dots].sort((a, b) => a[axis] - b[axis] || a[other] - b[other]);
  const at = ordered.findIndex(({ id }) => id === current);
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return ordered[Math.min(at + 1, ordered.length - 1)]?.id;
    case 'ArrowLeft':
    case 'ArrowDown':
      return ordered[Math.max(at - 1, 0)]?.id;
    case 'Home':
      return ordered[0]?.id;
    case 'End':
      return ordered[ordered.length - 1]?.id;
    default:
      return undefined;
  }
}
