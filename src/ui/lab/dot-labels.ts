/** Names beside dots, as many as fit without covering each other. */

export interface NamedDot {
  readonly id: string;
  readonly text: string;
  /** Pixels of the plane. */
  readonly x: number;
  readonly y: number;
}

export interface DotLabel extends NamedDot {
  readonly anchor: 'start' | 'end';
}

/** About the width of a letter and the height of a line at 12 px, and the way from a dot to its name. */
const letter = 6.6;
const line = 15;
const gap = 13;
/** Longer names end in dots. */
const most = 28;

/** The earlier ones come first; a name stands right of its dot, or left where there is no room. */
export function labelsOf(dots: readonly NamedDot[], plane: { readonly width: number }): DotLabel[] {
  const taken: { left: number; right: number; y: number }[] = [];
  return dots.flatMap((dot): DotLabel[] => {
    const text = dot.text.length > most ? `${dot.text.slice(0, most - 1)}…` : dot.text;
    const width = text.length * letter;
    const isRight = dot.x + gap + width <= plane.width;
    const [left, right] = isRight
      ? [dot.x + gap, dot.x + gap + width]
      : [dot.x - gap - width, dot.x - gap];
    const covers = taken.some(
      (other) => left < other.right && right > other.left && Math.abs(other.y - dot.y) < line,
    );
    if (covers) return [];
    taken.push({ left, right, y: dot.y });
    const anchor = isRight ? 'start' : 'end';
    return [{ id: dot.id, text, x: isRight ? left : right, y: dot.y + 4, anchor }];
  });
}
