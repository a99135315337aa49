/** The rows of the table of weights: their order and what is searched for. */
import type { RowError, RowState, WeightRow } from '../../../../core/inspect/tensor-rows.ts';

export type SortColumn =
  'order' | 'name' | 'role' | 'count' | 'before' | 'after' | 'error' | 'zeros';

export interface Sorting {
  readonly column: SortColumn;
  readonly falling: boolean;
}

/** Whether a side holds another thing than the other. */
export const isChanged = ({ left, right }: WeightRow): boolean =>
  left !== undefined &&
  (right === undefined ||
    left.bytes !== right.bytes ||
    left.dtype !== right.dtype ||
    left.parts !== right.parts);

/** What is sorted by; rows without it come last. */
function keyOf(
  row: WeightRow,
  column: SortColumn,
  errors: ReadonlyMap<string, RowError>,
): number | string | undefined {
  switch (column) {
    case 'order':
      return 0;
    case 'name':
      return row.key;
    case 'role':
      return row.role;
    case 'count':
      return row.count;
    case 'before':
      return row.left?.bytes;
    case 'after':
      return row.right?.bytes;
    case 'error': {
      const { undone, relative } = errors.get(row.key) ?? {};
      return undone ?? relative;
    }
    case 'zeros':
      return errors.get(row.key)?.zeros;
  }
}

/** The rows whose name holds the text and whose role is `role` ('' for any), in order. Equals keep the model's order. */
export function arranged(
  rows: readonly WeightRow[],
  { text, role }: { readonly text: string; readonly role: string },
  { column, falling }: Sorting,
  errors: ReadonlyMap<string, RowError>,
): WeightRow[] {
  const wanted = text.trim().toLowerCase();
  const found = rows.filter(
    (row) => row.key.toLowerCase().includes(wanted) && (role === '' || row.role === role),
  );
  if (column === 'order') return falling ? found.reverse() : found;
  return found.sort((a, b) => {
    const [one, other] = [keyOf(a, column, errors), keyOf(b, column, errors)];
    if (one === undefined || other === undefined) {
      return Number(one === undefined) - Number(other === undefined);
    }
    const order = one < other ? -1 : one > other ? 1 : 0;
    return falling ? -order : order;
  });
}

/** `float32`, `uint4 48×40`, `2 factors`. */
export function stateWords(state: RowState | undefined, dims: readonly number[]): string {
  if (!state) return 'not there';
  if (state.parts > 1) return `${state.dtype}, ${state.parts} factors`;
  const same = state.dims.join('×') === dims.join('×');
  return same ? state.dtype : `${state.dtype} ${state.dims.join('×')}`;
}
