/** The treemap of a model's bytes: role, layer and tensor, small tensors merged. */
import type { PartRole } from '../evaluate/roles.ts';
import { squarified, type Box, type BytesEntry, type BytesKind, type Sized } from './treemap.ts';

/** A rectangle of the treemap: one tensor, or several small ones. */
export interface TreemapCell extends Box {
  readonly role: PartRole;
  /** `layer 3`; '' where the name tells none. */
  readonly layer: string;
  /** Of a single tensor. */
  readonly entry?: BytesEntry;
  readonly kind: BytesKind;
  /** Tensors in here. */
  readonly count: number;
  readonly bytes: number;
}

export interface TreemapRole extends Box {
  readonly role: PartRole;
  readonly bytes: number;
}

export interface Treemap {
  readonly cells: readonly TreemapCell[];
  readonly roles: readonly TreemapRole[];
}

/** Rectangles below this are merged with their neighbors; square pixels. */
const smallest = 36;
/** The most tensors of a role that get rectangles of their own. */
const mostCells = 150;

/** The treemap in a box; `pixels` = its area, which says what is too small to be told apart. */
export function treemapOf(entries: readonly BytesEntry[], width: number, height: number): Treemap {
  const total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const perPixel = total / Math.max(1, width * height);
  const byRole = grouped(entries, ({ role }) => role);
  const groups = [...byRole].map(([role, all]) => sizedOf({ role, entries: all }, all));
  const roles = squarified(groups, { x: 0, y: 0, width, height });
  return {
    cells: roles.flatMap(({ item, box }) => layersIn(item.role, item.entries, box, perPixel)),
    roles: roles.map(({ item, box }) => ({ role: item.role, bytes: sum(item.entries), ...box })),
  };
}

function layersIn(
  role: PartRole,
  entries: readonly BytesEntry[],
  box: Box,
  perPixel: number,
): TreemapCell[] {
  const layers = grouped(entries, ({ weight, name }) => layerOf(weight || name));
  const sized = [...layers].map(([layer, all]) => sizedOf({ layer, entries: all }, all));
  return squarified(sized, box).flatMap(({ item, box: inner }) =>
    tensorsIn(role, item.layer, item.entries, inner, perPixel),
  );
}

/** What belongs to one weight stays together. */
function tensorsIn(
  role: PartRole,
  layer: string,
  entries: readonly BytesEntry[],
  box: Box,
  perPixel: number,
): TreemapCell[] {
  const byWeight = grouped(entries, ({ weight, name }) => weight || `\0${name}`);
  const sized = [...byWeight.values()].map((all) => sizedOf(all, all));
  sized.sort((a, b) => b.size - a.size);
  const large = sized.filter(({ size }, at) => at < mostCells && size >= smallest * perPixel);
  const rest = sized.filter((one) => !large.includes(one)).flatMap(({ item }) => [...item]);
  const merged = rest.length > 0 ? [sizedOf(rest as readonly BytesEntry[], rest)] : [];
  return squarified([...large, ...merged], box).flatMap(({ item, box: inner }) => {
    if (item === merged[0]?.item) return [cellOf({ role, layer }, item, inner)];
    const parts = item.map((entry) => sizedOf([entry], [entry]));
    return squarified(parts, inner).map((part) => cellOf({ role, layer }, part.item, part.box));
  });
}

function cellOf(
  place: Pick<TreemapCell, 'role' | 'layer'>,
  entries: readonly BytesEntry[],
  box: Box,
): TreemapCell {
  const [only, ...others] = entries;
  const kinds = new Set(entries.map(({ kind }) => kind));
  return {
    ...place,
    ...box,
    ...(only && others.length === 0 ? { entry: only } : {}),
    kind: kinds.size === 1 && only ? only.kind : 'values',
    count: entries.length,
    bytes: sum(entries),
  };
}

const sum = (entries: readonly BytesEntry[]): number =>
  entries.reduce((all, { bytes }) => all + bytes, 0);

const sizedOf = <Item>(item: Item, entries: readonly BytesEntry[]): Sized<Item> => ({
  item,
  size: sum(entries),
});

function grouped<Key extends string>(
  entries: readonly BytesEntry[],
  by: (entry: BytesEntry) => Key,
): Map<Key, BytesEntry[]> {
  const groups = new Map<Key, BytesEntry[]>();
  for (const entry of entries) {
    const group = groups.get(by(entry)) ?? [];
    groups.set(by(entry), group);
    group.push(entry);
  }
  return groups;
}

/** The layer that a name tells by a number between two marks: `model.layers.3.q` is in `layer 3`. */
export function layerOf(name: string): string {
  const found = /(?:^|[._/])(?:layers?|blocks?|h|stages?|features)[._/]?(\d{1,4})(?:[._/]|$)/i.exec(
    name.slice(0, 400),
  );
  return found ? `layer ${Number(found[1])}` : '';
}
