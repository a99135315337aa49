/** Which new tensors took the place of which old ones, by their names. */

/**
 * For each old name that has any: the new names that begin with it and go on with `_`, `.` or `/`; a new
 * name belongs to the longest such old one. Names that both lists have are nobody's heirs.
 */
export function heirsOf(
  old: readonly string[],
  later: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const known = new Set(old);
  const heirs = new Map<string, string[]>();
  for (const name of later) {
    if (known.has(name)) continue;
    const origin = longestStem(name, known);
    if (origin === undefined) continue;
    const list = heirs.get(origin);
    if (list) list.push(name);
    else heirs.set(origin, [name]);
  }
  return heirs;
}

/** A stem is looked for only so far from the end: suffixes are short, and names may be very long. */
const longestSuffix = 80;

function longestStem(name: string, known: ReadonlySet<string>): string | undefined {
  for (let end = name.length - 1; end > Math.max(0, name.length - longestSuffix); end--) {
    if (!'_./'.includes(name[end]!)) continue;
    const stem = name.slice(0, end);
    if (known.has(stem)) return stem;
  }
  return undefined;
}
