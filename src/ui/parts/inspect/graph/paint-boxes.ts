/** Draws nodes and closed groups: with their words, or as specks where there are thousands. */
import { boxState, linesOf } from '../../../../core/inspect/graph-boxes.ts';
import { stateSigns } from './graph-boxes.ts';
import type { Palette } from './palette.ts';
import { corner, type Scene } from './scene.ts';

/** Below this zoom letters can't be read, and only get in the way. */
export const legible = 0.42;

type BoxState = ReturnType<typeof boxState>;

const colorsOf = (
  palette: Palette,
): Readonly<Record<BoxState, readonly [fill: string, stroke: string]>> => ({
  same: [palette.paper, palette.edge],
  changed: [palette.paper, palette.ink],
  left: [palette.originalWash, palette.original],
  right: [palette.compressedWash, palette.compressed],
});

/** Boxes without letters and round corners, one path for each state: a path costs more than a box. */
export function paintSpecks(
  context: CanvasRenderingContext2D,
  { layout, graph: { picture, sums, compared } }: Scene,
  places: readonly number[],
  zoom: number,
  palette: Palette,
): void {
  const paths = new Map<BoxState, Path2D>();
  for (const place of places) {
    const state = compared ? boxState(picture, sums, layout.boxes[place]!) : 'same';
    const path = paths.get(state) ?? new Path2D();
    paths.set(state, path);
    path.rect(layout.x[place]!, layout.y[place]!, layout.width[place]!, layout.height[place]!);
  }
  for (const [state, path] of paths) {
    const [fill, stroke] = colorsOf(palette)[state];
    context.fillStyle = state === 'same' ? fill : stroke;
    context.fill(path);
    context.strokeStyle = stroke;
    context.lineWidth = 0.75 / zoom;
    context.stroke(path);
  }
}

/** One box with its words. */
export function paintBox(
  context: CanvasRenderingContext2D,
  { layout, graph, side }: Scene,
  place: number,
  zoom: number,
  palette: Palette,
): void {
  const box = layout.boxes[place]!;
  const { picture, sums, compared } = graph;
  const isGroup = box >= picture.names.length;
  const state = compared ? boxState(picture, sums, box) : 'same';
  const [x, y] = [layout.x[place]!, layout.y[place]!];
  const [width, height] = [layout.width[place]!, layout.height[place]!];
  const [fill, stroke] = colorsOf(palette)[state];
  context.fillStyle = fill;
  context.strokeStyle = stroke;
  context.lineWidth = (state === 'same' ? 1 : 1.75) / Math.max(zoom, 0.5);
  if (isGroup) {
    // A group looks like a pile.
    context.beginPath();
    context.roundRect(x + 4, y - 4, width, height, corner);
    context.fill();
    context.stroke();
  }
  context.beginPath();
  context.roundRect(x, y, width, height, corner);
  context.fill();
  context.stroke();
  if (zoom < legible) {
    if (state !== 'same') {
      context.fillStyle = stroke;
      context.fillRect(x, y, 8, height);
    }
    return;
  }
  paintText(context, linesOf(picture, sums, box, side), [x, y, width, height], isGroup, palette);
  if (state !== 'same') paintSign(context, stateSigns[state], x + width, y, stroke, palette);
}

function paintText(
  context: CanvasRenderingContext2D,
  [first, second]: readonly [string, string],
  [x, y, width, height]: readonly [number, number, number, number],
  isGroup: boolean,
  palette: Palette,
): void {
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = palette.ink;
  context.font = `600 12px ${palette.sans}`;
  const middle = x + width / 2;
  context.fillText(first, middle, y + (second ? 14 : height / 2));
  if (!second) return;
  context.fillStyle = palette.ink2;
  context.font = `11px ${isGroup ? palette.sans : palette.mono}`;
  context.fillText(second, middle, y + 28);
}

/** A sign in a disc on the corner: what became of the box, without its color. */
function paintSign(
  context: CanvasRenderingContext2D,
  sign: string,
  x: number,
  y: number,
  color: string,
  palette: Palette,
): void {
  context.beginPath();
  context.arc(x - 4, y, 8, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.fillStyle = palette.paper;
  context.font = `700 13px ${palette.sans}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(sign, x - 4, y + 0.5);
}
