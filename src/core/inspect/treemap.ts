/** Where a model's bytes lie, tensor by tensor, and rectangles in proportion to them. */
import { externalShares } from '../evaluate/ledger.ts';
import { rolesOf, type PartRole } from '../evaluate/roles.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import type { Dtype, Model, Tensor } from '../onnx/types.ts';
import { tensorsOf } from '../onnx/walk.ts';
import { findWeights } from '../onnx/weights.ts';
import { codedOf } from './tensor-codes.ts';

/** What a tensor's bytes are to the weight that they belong to. */
export type BytesKind = 'values' | 'codes' | 'scales' | 'zero-points' | 'structure';

/** The bytes of one tensor. */
export interface BytesEntry {
  readonly name: string;
  readonly role: PartRole;
  readonly kind: BytesKind;
  /** Key of the weight that it belongs to; '' for none. */
  readonly weight: string;
  /** Absent for the structure. */
  readonly dtype?: Dtype;
  readonly dims: readonly number[];
  readonly bytes: number;
}

/**
 * Every tensor of a model with its bytes, and what is left of `stored` as its structure. Scales and zero points go with their weight; `keys` are the
 * names of weights in the original by their names here.
 */
export function bytesOf(
  model: Model,
  stored: number,
  keys: ReadonlyMap<string, string> = new Map(),
): BytesEntry[] {
  const roles = rolesOf(model);
  const shares = externalShares(model);
  const owners = ownersIn(model, keys);
  let rest = stored;
  const entries = [...new Set(tensorsOf(model))].map((tensor): BytesEntry => {
    const bytes = shares.get(tensor) ?? sizeInFile(tensor);
    rest -= bytes;
    const role = roles.get(tensor) ?? 'other-tensors';
    const kind = role === 'scales' || role === 'zero-points' ? role : 'values';
    const owner = owners.get(tensor) ?? { weight: '', role, kind };
    return { name: tensor.name, ...owner, dtype: tensor.dtype, dims: tensor.dims, bytes };
  });
  const structure = { name: '', role: 'structure', kind: 'structure', weight: '' } as const;
  return [...entries, { ...structure, dims: [], bytes: Math.max(0, rest) }];
}

type Owner = Pick<BytesEntry, 'weight' | 'role' | 'kind'>;

function ownersIn(model: Model, keys: ReadonlyMap<string, string>): Map<Tensor, Owner> {
  const owners = new Map<Tensor, Owner>();
  for (const weight of findWeights(model)) {
    const { key, role, tensor, quantized } = weight;
    const own = (kind: BytesKind): Owner => ({ weight: keys.get(key) ?? key, role, kind });
    owners.set(tensor, own(quantized ? 'codes' : 'values'));
    const coded = codedOf(model, weight);
    if (!coded) continue;
    for (const scale of [coded.scale, coded.step]) if (scale) owners.set(scale, own('scales'));
    if (coded.zeroPoint) owners.set(coded.zeroPoint, own('zero-points'));
  }
  return owners;
}

/** Something that takes room in proportion to its weight, alone or as the sum of its parts. */
export interface Sized<Item> {
  readonly size: number;
  readonly item: Item;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Rectangles in a box, their areas in proportion to the sizes, as square as rows of them can be: the squarified treemap of Bruls,
 * Huizing and van Wijk (2000). The largest first; sizes of 0 or less get none.
 */
export function squarified<Item>(
  sized: readonly Sized<Item>[],
  box: Box,
): { readonly item: Item; readonly box: Box }[] {
  const wanted = sized.filter(({ size }) => size > 0).sort((a, b) => b.size - a.size);
  const total = wanted.reduce((sum, { size }) => sum + size, 0);
  const placed: { item: Item; box: Box }[] = [];
  if (total === 0 || box.width <= 0 || box.height <= 0) return placed;
  const scale = (box.width * box.height) / total;
  let free = box;
  for (let at = 0; at < wanted.length;) {
    const side = Math.min(free.width, free.height);
    const end = rowEnd(wanted, at, side, scale);
    const row = wanted.slice(at, end);
    const area = row.reduce((sum, { size }) => sum + size * scale, 0);
    const depth = side === 0 ? 0 : area / side;
    placed.push(...laidOut(row, free, depth, scale));
    free = without(free, depth);
    at = end;
  }
  return placed;
}

/** How far a row along the shorter side goes on: as long as its worst rectangle gets no thinner. */
function rowEnd<Item>(
  wanted: readonly Sized<Item>[],
  start: number,
  side: number,
  scale: number,
): number {
  let [sum, worst] = [0, Infinity];
  for (let end = start; end < wanted.length; end++) {
    sum += wanted[end]!.size * scale;
    const [most, least] = [wanted[start]!.size * scale, wanted[end]!.size * scale];
    const ratio = Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
    if (ratio > worst) return end;
    worst = ratio;
  }
  return wanted.length;
}

function laidOut<Item>(
  row: readonly Sized<Item>[],
  { x, y, width, height }: Box,
  depth: number,
  scale: number,
): { readonly item: Item; readonly box: Box }[] {
  let along = 0;
  return row.map(({ item, size }) => {
    const length = depth === 0 ? 0 : (size * scale) / depth;
    const box =
      width >= height
        ? { x, y: y + along, width: depth, height: length }
        : { x: x + along, y, width: length, height: depth };
    along += length;
    return { item, box };
  });
}

const without = ({ x, y, width, height }: Box, depth: number): Box =>
  width >= height
    ? { x: x + depth, y, width: Math.max(0, width - depth), height }
    : { x, y: y + depth, width, height: Math.max(0, height - depth) };
