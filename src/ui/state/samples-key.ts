/** Tells samples of the visitor's own apart without reading them. */

/** The same for the same files as far as their names, lengths and dates tell; '' for none. */
export function samplesKey(own: ReadonlyMap<string, Blob>): string {
  const one = ([path, blob]: readonly [string, Blob]): string => {
    const date = blob instanceof File ? blob.lastModified : '';
    return JSON.stringify([path, blob.size, date]);
  };
  return [...own].map(one).toSorted().join(' ');
}
