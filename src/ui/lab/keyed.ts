/** Values by key that are replaced, never changed: what draws them hears of every change. */

export type Keyed<Value> = ReadonlyMap<string, Value>;

export const nothingKeyed = <Value>(): Keyed<Value> => new Map<string, Value>();

/** With further entries; later ones win. */
export const withEntries = <Value>(
  map: Keyed<Value>,
  entries: readonly (readonly [key: string, value: Value])[],
): Keyed<Value> => new Map([...map, ...entries]);
