/** What is wrong with a model, in words for people. */

export type ProblemKind =
  | 'newer-ir'
  | 'newer-opset'
  | 'older-opset'
  | 'missing-opset'
  | 'unknown-domain'
  | 'unknown-operator'
  | 'input-count'
  | 'missing-value'
  | 'duplicate-value'
  | 'cycle'
  | 'unusual-type'
  | 'zero-size';

export interface Problem {
  readonly kind: ProblemKind;
  /** `error`: onnxruntime refuses the model. `warning`: it runs, but something will not work as expected. */
  readonly severity: 'error' | 'warning';
  /** Where: a node, a value, a graph. */
  readonly place: string;
  /** What is wrong, where, and what to do. */
  readonly message: string;
}

/** Past this many of a kind, the rest is only counted. */
const mostOfAKind = 20;

/** Gathers problems: the first few of each kind, and how many more there are. */
export class ProblemList {
  private readonly found: Problem[] = [];
  private readonly counts = new Map<ProblemKind, number>();

  add(problem: Problem): void {
    const count = (this.counts.get(problem.kind) ?? 0) + 1;
    this.counts.set(problem.kind, count);
    if (count <= mostOfAKind) this.found.push(problem);
  }

  error(kind: ProblemKind, place: string, message: string): void {
    this.add({ kind, severity: 'error', place, message });
  }

  warning(kind: ProblemKind, place: string, message: string): void {
    this.add({ kind, severity: 'warning', place, message });
  }

  /** Errors first, otherwise in the order in which they were found. */
  all(): Problem[] {
    const more = Array.from(this.counts).flatMap(([kind, count]) => this.more(kind, count));
    const list = [...this.found, ...more];
    const isError = ({ severity }: Problem) => severity === 'error';
    return [...list.filter(isError), ...list.filter((problem) => !isError(problem))];
  }

  private more(kind: ProblemKind, count: number): Problem[] {
    const last = this.found.findLast((problem) => problem.kind === kind);
    if (!last || count <= mostOfAKind) return [];
    const message = `${count - mostOfAKind} more of the same kind in other places.`;
    return [{ ...last, place: 'elsewhere', message }];
  }
}

/** A name of the file as part of a sentence: in quotes, and not endless. */
export function quoted(name: string): string {
  return `"${name.length > 120 ? `${name.slice(0, 117)}…` : name}"`;
}
