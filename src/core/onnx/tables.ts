/**
 * Tells embeddings from tables that only look like them: positions and rotations, which are picked by
 * counting and not by what the input says.
 */
import { operatorOf, type Flow, type FlowNode, type FlowValue } from './flow.ts';
import type { WeightUse } from './trace.ts';

/** Whether a lookup reads a table that is no weight. Rows of a weight are chosen by the model's input. */
export function isTable({ as, at, stored }: WeightUse, flow: Flow): boolean {
  if (as.work !== 'lookup') return false;
  const chooser = at.inputs[as.data];
  return !chooser || !saysSomething(flow).has(chooser) || isPosition(stored.value.name);
}

/** Names like `embed_positions`, `wpe`, `position_ids`, `cachePosition`. */
const isPosition = (name: string): boolean =>
  /(^|[^a-z])(pos|positions?|positional|wpe)([^a-z]|$)/.test(spaced(name));

/** The running sum of an attention mask counts positions. */
const isMask = (name: string): boolean => /(^|[^a-z])mask([^a-z]|$)/.test(spaced(name));

const spaced = (name: string): string => name.replace(/([a-z])(?=[A-Z])/g, '$1 ').toLowerCase();

/** What comes out of these is the form of a value, or whether something holds, but no longer the value. */
const silent = new Set([
  'Shape',
  'Size',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
  'Not',
  'IsNaN',
  'IsInf',
]);

const known = new WeakMap<Flow, ReadonlySet<FlowValue>>();

/** The values that depend on what the model's inputs say, and not on their shape alone. */
function saysSomething(flow: Flow): ReadonlySet<FlowValue> {
  const remembered = known.get(flow);
  if (remembered) return remembered;
  const reached = new Set(flow.inputs.filter(({ name }) => !isPosition(name) && !isMask(name)));
  const passed = new Set<FlowNode>();
  // A set visits what is added to it while it is visited.
  for (const value of reached) {
    for (const { node } of value.uses) {
      if (passed.has(node) || isSilent(node)) continue;
      passed.add(node);
      for (const output of node.outputs) if (output) reached.add(output);
    }
  }
  known.set(flow, reached);
  return reached;
}

const isSilent = ({ node, phi }: FlowNode): boolean => !phi && silent.has(operatorOf(node));
