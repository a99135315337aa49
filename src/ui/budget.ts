/** What a budget buys: the best mixtures of a measured table, as the page shows them and makes recipes of them. */
import type { Recipe } from '../core/compress/recipe.ts';
import type { SensitivityCell } from '../core/compress/search.ts';
import type { Mixture } from '../core/compress/search/budgets.ts';
import type { Role } from '../core/onnx/weights.ts';
import { cellKey, type SearchPicture } from './search-picture.ts';
import { withUnit } from './unit-storage.ts';

/** The cells of each unit; undefined while a unit has none but that which leaves it as it is. */
export function rowsOf({
  units,
  choices,
  cells,
}: Pick<SearchPicture, 'units' | 'choices' | 'cells'>):
  readonly (readonly SensitivityCell[])[] | undefined {
  const rows = units.map((unit) =>
    choices.flatMap((choice) => cells.get(cellKey(unit.id, choice.id)) ?? []),
  );
  const isFull = rows.length > 0 && rows.every(({ length }) => length > 1);
  return isFull ? rows : undefined;
}

/** Bytes of the model beside the units, counted as the cells are. */
export function restOf(
  { units, choices, cells, bytes }: Pick<SearchPicture, 'units' | 'choices' | 'cells' | 'bytes'>,
  stored: number,
): number {
  const untouched = choices.find(({ step }) => step === undefined);
  const own = units.reduce(
    (sum, unit) => sum + (cells.get(cellKey(unit.id, untouched?.id ?? ''))?.bytes ?? 0),
    0,
  );
  return Math.max(0, (bytes ?? stored) - own);
}

/** Bits for each weight of the units. */
export function bitsOf({ bytes }: Mixture, units: SearchPicture['units']): number {
  return (8 * bytes) / units.reduce((sum, { parameters }) => sum + parameters, 0);
}

/** The recipe that stores every unit as the mixture says. */
export const recipeOfMixture = (
  recipe: Recipe,
  mixture: Mixture,
  { units, choices }: Pick<SearchPicture, 'units' | 'choices'>,
  roleOf: (key: string) => Role | undefined,
): Recipe =>
  units.reduce((made, unit, index) => {
    const choice = choices.find(({ id }) => id === mixture.choices[index]);
    return choice ? withUnit(made, unit, choice, choices, roleOf) : made;
  }, recipe);

/** The place of the largest mixture of at most so many bytes; of the smallest where none is. */
export const placeWithin = (mixtures: readonly Mixture[], bytes: number): number =>
  Math.max(
    0,
    mixtures.findLastIndex((one) => one.bytes <= bytes),
  );
