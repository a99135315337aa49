/** An error as the page shows it: what happened, why and what to do, and the rest folded away. */
export interface Problem {
  readonly title: string;
  /** Why, and what to do. */
  readonly text: string;
  /** For a bug report: the stack, and the errors behind it. */
  readonly details: string;
}

/** `title` says what did not happen, as "The model could not be opened". */
export function problemOf(title: string, error: unknown): Problem {
  const text = error instanceof Error ? error.message : String(error);
  return { title, text, details: chain(error).join('\n\ncaused by ') };
}

function chain(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? [own] : [own, ...chain(error.cause)];
}
