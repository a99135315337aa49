/** Which classes two sides are compared on, and how what they say reads. */
import { likeliest, type ClassAnswer } from '../../tasks/classes.ts';
import { begun, spoken, usualNames, type Names } from './names.ts';

/** Independent classes hold from this probability on. */
const holds = 0.5;

/**
 * Ids of the classes to show: all of up to `most`, else the `most` likeliest of either side, as the
 * original ranks them. The same for both sides, so that a bar stands beside its counterpart.
 */
export function classRows(
  original: ClassAnswer | undefined,
  compressed: ClassAnswer | undefined,
  most: number,
): readonly number[] {
  const first = (original ?? compressed)?.probabilities ?? [];
  const ids = first.map((_, id) => id);
  if (ids.length <= most) return ids;
  const top = (answer: ClassAnswer | undefined): readonly number[] =>
    answer ? ranked(ids, answer.probabilities).slice(0, most) : [];
  const either = new Set([...top(original), ...top(compressed)]);
  return ranked([...either], first);
}

const ranked = (ids: readonly number[], probabilities: readonly number[]): readonly number[] =>
  ids.toSorted((a, b) => (probabilities[b] ?? 0) - (probabilities[a] ?? 0));

/** What an answer says: its likeliest class; where `several` may hold, those that do. */
export function saidClasses(
  answer: ClassAnswer,
  labels: readonly string[],
  several = false,
): string {
  const name = (id: number): string => labels[id] ?? `class ${id}`;
  if (!several) return name(likeliest(answer));
  const ids = answer.probabilities.flatMap((probability, id) => (probability >= holds ? [id] : []));
  return ids.length === 0 ? 'none of them' : ids.map(name).join(', ');
}

/** Whether both sides say the same, in one sentence; '' before the left one has run. */
export function verdictOf(
  original: string | undefined,
  compressed: string | undefined,
  names: Names = usualNames,
): string {
  if (original === undefined) return '';
  if (compressed === undefined) return `${begun(names.original)} says ${original}.`;
  if (original === compressed) return `Both say ${original}.`;
  const [left, right] = [spoken(names.original), spoken(names.compressed)];
  return `They differ: ${left} says ${original}, ${right} says ${compressed}.`;
}
