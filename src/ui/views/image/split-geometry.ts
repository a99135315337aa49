/** Where the picture, its frame and the divider lie. All in CSS pixels. */

export type Zoom = 'fit' | 1 | 2;

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface SplitGeometry {
  /** The picture as it is shown. */
  readonly picture: Size;
  /** The window on it; a larger picture scrolls. */
  readonly frame: Size;
}

/** The room for a picture: as wide as the view, and no higher than lets the rest be seen. */
export function splitGeometry(picture: Size, room: Size, zoom: Zoom): SplitGeometry {
  const fit = Math.min(room.width / picture.width, room.height / picture.height);
  const scale = zoom === 'fit' ? fit : zoom;
  const shown = { width: picture.width * scale, height: picture.height * scale };
  const frame = {
    width: Math.min(room.width, shown.width),
    height: Math.min(room.height, shown.height),
  };
  return { picture: shown, frame };
}

/** Where a key moves the divider, as a share of the frame's width; undefined for other keys. */
export function movedSplit(key: string, split: number): number | undefined {
  const moves: Readonly<Record<string, number>> = {
    ArrowLeft: split - 0.02,
    ArrowDown: split - 0.02,
    ArrowRight: split + 0.02,
    ArrowUp: split + 0.02,
    PageDown: split - 0.1,
    PageUp: split + 0.1,
    Home: 0,
    End: 1,
  };
  const moved = moves[key];
  return moved === undefined ? undefined : Math.min(1, Math.max(0, moved));
}
