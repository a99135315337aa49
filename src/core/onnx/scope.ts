/** The names that a graph can see: its own, and those of the graphs around it. */
import type { FlowNode, FlowUse, FlowValue } from './flow.ts';
import type { Tensor } from './types.ts';

/** A value whose producer and uses are still being gathered. */
export interface DraftValue extends FlowValue {
  producer?: FlowNode;
  uses: FlowUse[];
  tensor?: Tensor;
}

export interface Scope {
  readonly values: Map<string, DraftValue>;
  readonly outer: Scope | undefined;
}

/** The value of this name in the scope itself, made where it is new. */
export function declared({ values }: Scope, name: string): DraftValue {
  const known = values.get(name);
  if (known) return known;
  const value: DraftValue = { name, uses: [] };
  values.set(name, value);
  return value;
}

/** The value that a name means here; undefined where nothing makes it. */
export function visible(scope: Scope, name: string): DraftValue | undefined {
  for (let at: Scope | undefined = scope; at; at = at.outer) {
    const value = at.values.get(name);
    if (value) return value;
  }
  return undefined;
}
