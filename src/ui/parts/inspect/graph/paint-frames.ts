/** Draws the frames of open groups, and their names. */
import type { Palette } from './palette.ts';
import { corner, type Scene, type Sight } from './scene.ts';

/** The frame of an open group. */
export function paintFrame(
  context: CanvasRenderingContext2D,
  { layout }: Scene,
  place: number,
  zoom: number,
  palette: Palette,
): void {
  const [x, y] = [layout.x[place]!, layout.y[place]!];
  const [width, height] = [layout.width[place]!, layout.height[place]!];
  context.beginPath();
  context.roundRect(x, y, width, height, corner);
  context.fillStyle = palette.paper2;
  context.globalAlpha = 0.6;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1 / zoom;
  context.strokeStyle = palette.edge;
  context.stroke();
}

/** Names of frames, over everything: those of large frames stay in sight, each below those around it. */
export function paintNames(
  context: CanvasRenderingContext2D,
  { layout, graph: { picture } }: Scene,
  frames: readonly number[],
  sight: Sight,
  palette: Palette,
): void {
  const zoom = context.getTransform().a / devicePixelRatio;
  const size = Math.min(13 / zoom, 20);
  context.font = `600 ${size}px ${palette.sans}`;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (const place of frames) {
    const group = layout.boxes[place]! - picture.names.length;
    const name = picture.groupNames[group] ?? '';
    const letters = Math.floor((layout.width[place]! - 16) / (size * 0.58));
    if (letters < 3) continue;
    let depth = 0;
    for (let at = picture.groupParents[group]!; at >= 0; at = picture.groupParents[at]!) depth++;
    const [x, y] = [layout.x[place]! + 8, layout.y[place]!];
    const kept = Math.min(sight.y + depth * size * 1.5, y + layout.height[place]! - 32);
    const text = name.length > letters ? `${name.slice(0, letters - 1)}…` : name;
    const middle = Math.max(y, kept) + 16;
    // A ground of its own keeps it readable over what it is laid upon.
    context.fillStyle = palette.paper2;
    context.fillRect(x - 2, middle - size * 0.65, text.length * size * 0.6 + 4, size * 1.3);
    context.fillStyle = palette.ink2;
    context.fillText(text, x, middle);
  }
}
