/** Layers at work at the same time, whose results come in the order of the model. */

/**
 * Starts work on up to `most` items at once and gives the results in order. `start` gets the number of
 * the place, below `most`, that the item takes until its result was given. Errors: the first in order.
 */
export async function* inFlight<T, R>(
  items: readonly T[],
  most: number,
  start: (item: T, place: number) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const running: Promise<R>[] = [];
  for (let next = 0, given = 0; given < items.length; given++) {
    for (; next < items.length && next < given + most; next++) {
      const work = start(items[next]!, next % most);
      // Whoever stops early does not hear of the others.
      work.catch(() => undefined);
      running[next % most] = work;
    }
    yield [items[given]!, await running[given % most]!];
  }
}
