/** The colors and type that a graph is drawn in. */

export interface Palette {
  readonly paper: string;
  readonly paper2: string;
  readonly ink: string;
  readonly ink2: string;
  readonly hairline: string;
  readonly edge: string;
  readonly original: string;
  readonly originalWash: string;
  readonly compressed: string;
  readonly compressedWash: string;
  readonly sans: string;
  readonly mono: string;
}

/** The page's own colors and type, as they are now. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: read('paper'),
    paper2: read('paper-2'),
    ink: read('ink'),
    ink2: read('ink-2'),
    hairline: read('hairline'),
    edge: read('edge'),
    original: read('original'),
    originalWash: read('original-wash'),
    compressed: read('compressed'),
    compressedWash: read('compressed-wash'),
    sans: read('sans'),
    mono: read('mono'),
  };
}
