/** What a search has told, put together: cells in their table, candidates in their order, what was chosen. */
import type {
  LossUnit,
  SearchNews,
  SensitivityCell,
  StorageChoice,
  Unit,
} from '../core/compress/search.ts';

export type Candidate = Extract<SearchNews, { kind: 'candidate' }>;
export type Chosen = Extract<SearchNews, { kind: 'chosen' }>;

export interface SearchPicture {
  readonly units: readonly Unit[];
  readonly choices: readonly StorageChoice[];
  readonly loss: LossUnit;
  /** "64 of the model's own samples, 8,192 rows"; '' while nobody has told. */
  readonly samples: string;
  /** Bytes of the original, counted as those of the cells; absent where the search did not tell. */
  readonly bytes?: number;
  /** By unit and choice, see `cellKey`; the newest of each. */
  readonly cells: ReadonlyMap<string, SensitivityCell>;
  readonly candidates: readonly Candidate[];
  readonly chosen?: Chosen;
}

/** Where a cell lies in `SearchPicture.cells`. */
export const cellKey = (unit: string, choice: string): string => JSON.stringify([unit, choice]);

/** What was told so far. A new best takes the mark from the one before. */
export function pictureOf(news: readonly SearchNews[]): SearchPicture {
  const cells = new Map<string, SensitivityCell>();
  const candidates: Candidate[] = [];
  let units: Extract<SearchNews, { kind: 'units' }> | undefined;
  let chosen: Chosen | undefined;
  for (const one of news) {
    if (one.kind === 'cell') cells.set(cellKey(one.cell.unit, one.cell.choice), one.cell);
    else if (one.kind === 'candidate') candidates.push(one);
    else if (one.kind === 'chosen') chosen = one;
    else {
      // Another sweep begins another table.
      units = one;
      cells.clear();
    }
  }
  const best = candidates.findLastIndex((one) => one.best);
  const { choices = [], loss = 'kl', samples = '', bytes } = units ?? {};
  return {
    units: units?.units ?? [],
    choices,
    loss,
    samples,
    ...(bytes === undefined ? {} : { bytes }),
    cells,
    candidates: candidates.map((one, index) => ({ ...one, best: index === best })),
    ...(chosen ? { chosen } : {}),
  };
}
