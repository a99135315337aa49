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

const [least, most] = [0.001, 2.5];
const margin = 16;
/** At this zoom the letters in boxes are of the page's smaller size. */
const readable = 0.85;

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

/** Shows all of a graph. */
export function fitTo(graph: Extent, pane: Extent): Camera {
  const across = (pane.width - 2 * margin) / Math.max(graph.width, 1);
  const zoom = Math.max(
    least,
    Math.min(1, across, (pane.height - 2 * margin) / Math.max(graph.height, 1)),
  );
  return centered(graph, pane, zoom);
}

/** Shows as much of a graph, from its beginning, as can be read; `first` is the middle of the first box. */
export function beginningOf(graph: Extent, pane: Extent, first = graph.width / 2): Camera {
  const whole = fitTo(graph, pane);
  const across = (pane.width - 2 * margin) / Math.max(graph.width, 1);
  if (whole.zoom >= readable) return whole;
  const zoom = Math.max(0.55, Math.min(readable, across));
  const room = pane.width / zoom;
  const fits = graph.width + (2 * margin) / zoom <= room;
  return fits ? centered(graph, pane, zoom) : { zoom, x: first - room / 2, y: -margin / zoom };
}

function centered(graph: Extent, pane: Extent, zoom: number): Camera {
  return { zoom, x: (graph.width - pane.width / zoom) / 2, y: -margin / zoom };
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
