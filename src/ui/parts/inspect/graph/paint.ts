/** Draws what of a graph is in sight on a canvas. */
import { boxState, isOn } from '../../../../core/inspect/graph-boxes.ts';
import type { Camera, Extent } from './camera.ts';
import { legible, paintBox, paintSpecks } from './paint-boxes.ts';
import { paintFrame, paintNames } from './paint-frames.ts';
import { paintLinks } from './paint-links.ts';
import type { Palette } from './palette.ts';
import { corner, type Scene, type Sight } from './scene.ts';

/** Below this zoom boxes are a few pixels, thousands of them in sight: plain and all at once. */
const specks = 0.25;

/** Draws one side; `pixels` are those of the screen for each CSS pixel. */
export function paintGraph(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  size: Extent,
  palette: Palette,
  pixels: number,
): void {
  const { zoom, x, y } = camera;
  context.setTransform(pixels, 0, 0, pixels, 0, 0);
  context.fillStyle = palette.paper;
  context.fillRect(0, 0, size.width, size.height);
  const scale = zoom * pixels;
  context.setTransform(scale, 0, 0, scale, -x * scale, -y * scale);
  const sight = { x, y, width: size.width / zoom, height: size.height / zoom };
  const seen = placesIn(scene, sight);
  for (const place of seen) {
    if (scene.isOpen(scene.layout.boxes[place]!)) paintFrame(context, scene, place, zoom, palette);
  }
  paintLinks(context, scene, sight, zoom, palette);
  const closed = seen.filter((place) => !scene.isOpen(scene.layout.boxes[place]!));
  if (zoom < specks) paintSpecks(context, scene, closed, zoom, palette);
  else for (const place of closed) paintBox(context, scene, place, zoom, palette);
  if (zoom >= legible / 2) {
    const frames = seen.filter((place) => scene.isOpen(scene.layout.boxes[place]!));
    paintNames(context, scene, frames, sight, palette);
  }
  if (scene.selected >= 0) paintChoice(context, scene, zoom, palette);
}

function placesIn({ layout, graph, side }: Scene, sight: Sight): number[] {
  const { boxes, x, y, width, height } = layout;
  const seen: number[] = [];
  for (let at = 0; at < boxes.length; at++) {
    if (x[at]! > sight.x + sight.width || x[at]! + width[at]! < sight.x) continue;
    if (y[at]! > sight.y + sight.height || y[at]! + height[at]! < sight.y) continue;
    if (isOn(boxState(graph.picture, graph.sums, boxes[at]!), side)) seen.push(at);
  }
  return seen;
}

function paintChoice(
  context: CanvasRenderingContext2D,
  { layout, selected }: Scene,
  zoom: number,
  palette: Palette,
): void {
  const off = 4 / Math.max(zoom, 0.3);
  context.beginPath();
  context.roundRect(
    layout.x[selected]! - off,
    layout.y[selected]! - off,
    layout.width[selected]! + 2 * off,
    layout.height[selected]! + 2 * off,
    corner + off,
  );
  context.strokeStyle = palette.ink;
  context.lineWidth = 2.5 / zoom;
  context.stroke();
}
