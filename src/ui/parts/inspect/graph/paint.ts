/** Draws what of a graph is in sight on a canvas. */
import type { GraphLayout } from '../../../../core/inspect/graph-layout.ts';
import type { DrawnGraph } from '../../../state/inspect-graph.svelte.ts';
import { boxState, isOn, linesOf, stateSigns, type GraphSide } from './graph-boxes.ts';
import type { Camera, Extent } from './camera.ts';
import { paintLinks } from './paint-links.ts';

export interface Scene {
  readonly graph: DrawnGraph;
  readonly layout: GraphLayout;
  readonly side: GraphSide;
  /** Place in the layout of the chosen box; -1 for none. */
  readonly selected: number;
  /** Links that lead to or from it. */
  readonly lit: ReadonlySet<number>;
  /** Boxes that are open, as boxes. */
  readonly isOpen: (box: number) => boolean;
}

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

/** Below this zoom letters can't be read, and only get in the way. */
const legible = 0.42;
const corner = 6;
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

type Sight = Extent & { readonly x: number; readonly y: number };

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

function paintFrame(
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
function paintNames(
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
function paintSpecks(
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

function paintBox(
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
