/** How the rectangles of a treemap read. */
import { formatBytes } from '../../../../core/errors.ts';
import type { BytesKind } from '../../../../core/inspect/treemap.ts';
import type { TreemapCell } from '../../../../core/inspect/treemap-layout.ts';
import { counted, formatShare } from '../../../words.ts';

const kinds: Readonly<Record<BytesKind, string>> = {
  values: '',
  codes: 'codes',
  scales: 'scales',
  'zero-points': 'zero points',
  structure: '',
};

/** `model.q.weight_codes`, `other, 12 tensors`, `graph, names and padding`. */
export function cellName({ entry, kind, count }: TreemapCell): string {
  if (kind === 'structure') return 'graph, names and padding';
  if (entry) return entry.name || 'a tensor without a name';
  return `other, ${counted(count, 'tensor')}`;
}

/** What stands in a rectangle: its layer, or its name where that tells none. */
export const cellLabel = (cell: TreemapCell): string =>
  cell.entry && cell.layer ? cell.layer : cellName(cell);

/** What kind of bytes they are, for a tensor that is not a weight's values. */
export const kindWords = ({ kind }: TreemapCell): string => kinds[kind];

/** All that is known of a rectangle: name, dims, dtype, bytes, share of the file. */
export function cellWords(cell: TreemapCell, total: number): string {
  const { entry, role, layer, bytes } = cell;
  const shape = entry?.dtype ? `${entry.dtype} ${entry.dims.join('×') || 'one number'}` : '';
  const place = [role.replaceAll('-', ' '), layer].filter(Boolean).join(', ');
  const facts = [
    kindWords(cell),
    shape,
    formatBytes(bytes),
    formatShare(bytes / Math.max(1, total)),
  ];
  return `${cellName(cell)} (${place}): ${facts.filter(Boolean).join(', ')}`;
}
