/** Finds what is wrong with the names of a graph: values that nothing makes, made twice, or made from themselves. */
import { operatorOf } from './flow.ts';
import { capturedBy } from './graph.ts';
import { quoted, type ProblemList } from './problems.ts';
import type { Graph, Model, Node } from './types.ts';

/** The values that nodes of a graph may use, and where the graph is, as the end of a sentence. */
interface Scope {
  readonly own: ReadonlySet<string>;
  readonly outer: Scope | undefined;
  readonly within: string;
}

const remedy = 'The graph is damaged; export the model again.';

/** How a sentence names a node. */
export const nodeName = ({ name, opType, outputs }: Node): string =>
  name
    ? `node ${quoted(name)} (${opType})`
    : `the ${opType} that makes ${quoted(outputs.find((output) => output !== '') ?? '')}`;

/** Checks the main graph, all graphs in it, and the model's functions. Linear in their size. */
export function checkGraphs(model: Model, problems: ProblemList): void {
  if (model.graph.outputs.length === 0) {
    problems.error('missing-value', 'main graph', `The graph has no outputs. ${remedy}`);
  }
  checkGraph(model.graph, undefined, '', problems);
  for (const one of model.functions) {
    const within = ` in function ${quoted(operatorOf({ domain: one.domain, opType: one.name }))}`;
    const scope: Scope = { own: namesIn(one.inputs, [], one.nodes), outer: undefined, within };
    checkBody(one.nodes, scope, problems);
    checkOutputs(one.outputs, scope, problems);
  }
}

function checkGraph(
  graph: Graph,
  outer: Scope | undefined,
  within: string,
  problems: ProblemList,
): void {
  const inputs = graph.inputs.map(({ name }) => name);
  const sparse = graph.sparseInitializers.flatMap(({ values }) => values?.name ?? []);
  const stored = [...graph.initializers.map(({ name }) => name), ...sparse];
  const scope: Scope = { own: namesIn(inputs, stored, graph.nodes), outer, within };
  checkDuplicates(inputs, stored, graph.nodes, scope, problems);
  checkBody(graph.nodes, scope, problems);
  checkOutputs(
    graph.outputs.map(({ name }) => name),
    scope,
    problems,
  );
}

const namesIn = (
  inputs: readonly string[],
  stored: readonly string[],
  nodes: readonly Node[],
): Set<string> => new Set([...inputs, ...stored, ...nodes.flatMap(({ outputs }) => outputs)]);

/** Each value is made once. An initializer may have an input's name: it is the input's default. */
function checkDuplicates(
  inputs: readonly string[],
  stored: readonly string[],
  nodes: readonly Node[],
  { outer, within }: Scope,
  problems: ProblemList,
): void {
  const made = new Set<string>();
  const make = (name: string, by: string) => {
    if (name === '') return;
    if (made.has(name) || isIn(outer, name)) {
      const message = `The value ${quoted(name)} is made a second time by ${by}${within}. ${remedy}`;
      problems.error('duplicate-value', `${by}${within}`, message);
    }
    made.add(name);
  };
  for (const name of inputs) make(name, 'an input');
  const given = new Set(made);
  made.clear();
  for (const name of stored) make(name, 'an initializer');
  for (const name of given) made.add(name);
  for (const node of nodes) for (const output of node.outputs) make(output, nodeName(node));
}

function isIn(scope: Scope | undefined, name: string): boolean {
  for (let at = scope; at; at = at.outer) if (at.own.has(name)) return true;
  return false;
}

function checkBody(nodes: readonly Node[], scope: Scope, problems: ProblemList): void {
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      if (input === '' || isIn(scope, input)) continue;
      const place = `${nodeName(node)}${scope.within}`;
      const message = `Nothing makes the value ${quoted(input)} that ${place} uses. ${remedy}`;
      problems.error('missing-value', place, message);
    }
    for (const { name, g, graphs = [] } of node.attributes) {
      const within = ` in ${name} of ${nodeName(node)}${scope.within}`;
      for (const graph of g ? [g, ...graphs] : graphs) checkGraph(graph, scope, within, problems);
    }
  }
  checkCycles(nodes, scope, problems);
}

function checkOutputs(outputs: readonly string[], scope: Scope, problems: ProblemList): void {
  for (const output of outputs) {
    if (scope.own.has(output)) continue;
    const place = `output ${quoted(output)}${scope.within}`;
    const outside = isIn(scope.outer, output);
    const message = outside
      ? `The ${place} is a value from outside, which onnxruntime refuses. Pass it through an Identity node.`
      : `Nothing makes the ${place}. ${remedy}`;
    problems.error('missing-value', place, message);
  }
}

/** Takes away nodes whose inputs are all made, until none is left; what stays waits for itself (Kahn 1962). */
function checkCycles(nodes: readonly Node[], { within }: Scope, problems: ProblemList): void {
  const producer = new Map<string, number>();
  nodes.forEach(({ outputs }, index) => outputs.forEach((name) => producer.set(name, index)));
  const needs = nodes.map((node) => {
    const values = new Set([...node.inputs, ...capturedBy(node)]);
    return [...values].flatMap((name) => (name === '' ? [] : (producer.get(name) ?? [])));
  });
  const users = nodes.map((): number[] => []);
  needs.forEach((sources, index) => sources.forEach((source) => users[source]?.push(index)));
  const waiting = needs.map((sources) => sources.length);
  const ready = waiting.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
    for (const user of users[next] ?? []) {
      waiting[user] = (waiting[user] ?? 0) - 1;
      if (waiting[user] === 0) ready.push(user);
    }
  }
  const stuck = nodeInCycle(needs, waiting);
  const node = stuck === undefined ? undefined : nodes[stuck];
  if (!node) return;
  const place = `${nodeName(node)}${within}`;
  problems.error('cycle', place, `The input of ${place} depends on its own output. ${remedy}`);
}

/** Going back from a node that waits, through others that wait, comes round to one in a cycle. */
function nodeInCycle(needs: readonly number[][], waiting: readonly number[]): number | undefined {
  const isWaiting = (index: number) => (waiting[index] ?? 0) > 0;
  const seen = new Set<number>();
  let at = waiting.findIndex((_, index) => isWaiting(index));
  while (at >= 0 && !seen.has(at)) {
    seen.add(at);
    at = needs[at]?.find(isWaiting) ?? -1;
  }
  return at >= 0 ? at : undefined;
}
