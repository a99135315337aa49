/** Draws the connections of a graph: one path for each color, since a stroke costs more than a line. */
import type { GraphLinks } from '../../../../core/inspect/graph-links.ts';
import type { Extent } from './camera.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';

interface Style {
  readonly color: string;
  readonly width: number;
  readonly path: Path2D;
}

/** Arrow heads smaller than this many pixels are left out. */
const smallestHead = 2.5;
const head = 6;
/** Below this zoom nobody sees a bend. */
const straight = 0.25;

export function paintLinks(
  context: CanvasRenderingContext2D,
  { layout, side, lit, graph }: Scene,
  sight: Extent & { readonly x: number; readonly y: number },
  zoom: number,
  palette: Palette,
): void {
  const own = side === 'left' ? 1 : 2;
  const style = (color: string, width: number): Style => ({ color, width, path: new Path2D() });
  const usual = style(palette.edge, 1);
  const only = style(side === 'left' ? palette.original : palette.compressed, 1.5);
  const chosen = style(palette.ink, 2.5);
  const { lines, sides, to } = layout.links;
  const bottom = sight.y + sight.height;
  const right = sight.x + sight.width;
  for (let at = 0; at < sides.length; at++) {
    const line = at * 6;
    if (!(sides[at]! & own)) continue;
    if (lines[line + 1]! > bottom || lines[line + 5]! < sight.y) continue;
    const [xa, xb] = [lines[line]!, lines[line + 3]!];
    if (Math.max(xa, xb) < sight.x || Math.min(xa, xb) > right) continue;
    const kind = lit.has(at) ? chosen : graph.compared && sides[at] !== 3 ? only : usual;
    if (zoom < straight) traceStraight(kind.path, lines, line);
    else trace(kind.path, lines, line);
    if (to[at]! >= 0 && head * zoom >= smallestHead) addHead(kind.path, layout.links, at);
  }
  for (const { color, width, path } of [usual, only, chosen]) {
    context.strokeStyle = color;
    context.lineWidth = width / Math.max(zoom, 0.4);
    context.stroke(path);
  }
}

function trace(path: Path2D, lines: Float32Array, at: number): void {
  const [xa, y0, y1] = [lines[at]!, lines[at + 1]!, lines[at + 2]!];
  const [xb, y2, y3] = [lines[at + 3]!, lines[at + 4]!, lines[at + 5]!];
  path.moveTo(xa, y0);
  if (xa === xb) {
    path.lineTo(xb, y3);
    return;
  }
  const middle = (y1 + y2) / 2;
  if (y1 !== y0) path.lineTo(xa, y1);
  path.bezierCurveTo(xa, middle, xb, middle, xb, y2);
  if (y3 !== y2) path.lineTo(xb, y3);
}

function traceStraight(path: Path2D, lines: Float32Array, at: number): void {
  path.moveTo(lines[at]!, lines[at + 1]!);
  path.lineTo(lines[at + 3]!, lines[at + 5]!);
}

function addHead(path: Path2D, { lines, up }: GraphLinks, at: number): void {
  const line = at * 6;
  const isUp = up[at] === 1;
  const [x, y] = isUp ? [lines[line]!, lines[line + 1]!] : [lines[line + 3]!, lines[line + 5]!];
  const back = isUp ? head : -head;
  path.moveTo(x - head / 2, y + back);
  path.lineTo(x, y);
  path.lineTo(x + head / 2, y + back);
}

/** The pieces that lead to and from a box. */
export function linksOf({ from, to, previous }: GraphLinks, place: number): ReadonlySet<number> {
  const found = new Set<number>();
  if (place < 0) return found;
  for (let at = 0; at < from.length; at++) {
    if (from[at] === place) found.add(at);
    if (to[at] !== place) continue;
    for (let way = at; way >= 0 && !found.has(way); way = previous[way]!) found.add(way);
  }
  return found;
}
