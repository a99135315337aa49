/** Names of a task's classes by their ids, from its `info`; empty where it has none. */
export function classLabels(info: unknown): readonly string[] {
  const labels = (info as { readonly labels?: unknown } | null | undefined)?.labels;
  return Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? labels : [];
}
