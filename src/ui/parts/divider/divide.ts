/** How the width of the bench is divided between its sides. Shares are the left side's, 0 to 1. */

/** CSS pixels below which a side's head no longer holds its numbers. */
const narrowestSide = 336;

/** From where to where the divider may move. */
export interface Limits {
  readonly least: number;
  readonly most: number;
}

/** Both sides stay wide enough to be read; where the bench is too narrow for that, the divider stays in the middle. */
export function limitsOf(width: number): Limits {
  const least = width > 0 ? Math.min(0.5, narrowestSide / width) : 0.5;
  return { least, most: 1 - least };
}

export const within = (share: number, { least, most }: Limits): number =>
  Math.min(most, Math.max(least, share));

/** Where a key moves the divider; undefined for keys that do not. */
export function shareAfter(key: string, share: number, limits: Limits): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: share - 0.02,
    ArrowRight: share + 0.02,
    PageUp: share - 0.1,
    PageDown: share + 0.1,
    Home: limits.least,
    End: limits.most,
    Enter: 0.5,
  };
  const moved = Object.hasOwn(moves, key) ? moves[key] : undefined;
  return moved === undefined ? undefined : within(moved, limits);
}
