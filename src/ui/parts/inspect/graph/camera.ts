/** What part of a graph is in sight. Pure: the two panes of a comparison share one camera. */

export interface Camera {
  /** The place in the graph that stands in the upper left corner. */
  readonly x: number;
  readonly y: number;
  /** CSS pixels for each unit of the graph. */
  readonly zoom: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Rectangle extends Extent {
  readonly x: number;
  readonly y: number;
}

const [least, most] = [0.02, 2.5];
const margin = 16;

/** Moves by CSS pixels. */
export const panBy = (camera: Camera, dx: number, dy: number): Camera => ({
  ...camera,
  x: camera.x + dx / camera.zoom,
  y: camera.y + dy / camera.zoom,
});

/** Zooms by a factor; the place under `x`, `y`, CSS pixels in the pane, stays there. */
export function zoomAt(camera: Camera, factor: number, x: number, y: number): Camera {
  const zoom = Math.min(most, Math.max(least, camera.zoom * factor));
  return {
    zoom,
    x: camera.x + x / camera.zoom - x / zoom,
    y: camera.y + y / camera.zoom - y / zoom,
  };
}

/** Shows all of a graph; of one that would become too small to read, the beginning. */
export function fitTo(graph: Extent, pane: Extent, readable = 0.45): Camera {
  const across = (pane.width - 2 * margin) / Math.max(graph.width, 1);
  const whole = Math.min(1, across, (pane.height - 2 * margin) / Math.max(graph.height, 1));
  const zoom = Math.max(least, whole, Math.min(readable, Math.max(across, whole)));
  const room = pane.width / zoom;
  return { zoom, x: (graph.width - room) / 2, y: -margin / zoom };
}

/** Moves as little as shows a rectangle of the graph; what is larger than the pane by its upper left corner. */
export function reveal(camera: Camera, { x, y, width, height }: Rectangle, pane: Extent): Camera {
  const along = (at: number, from: number, size: number, room: number): number => {
    const edge = Math.min(24 / camera.zoom, room / 8);
    if (size > room - 2 * edge || from < at + edge) return from - edge;
    return from + size > at + room - edge ? from + size - room + edge : at;
  };
  return {
    ...camera,
    x: along(camera.x, x, width, pane.width / camera.zoom),
    y: along(camera.y, y, height, pane.height / camera.zoom),
  };
}
