/**
 * What keeps a model from running, or makes it run in another way than its author meant. Everything is
 * said in words that need no knowledge of the file format.
 */
import { checkGraphs, nodeName } from './check-graph.ts';
import { operatorOf } from './flow.ts';
import { opsetOf } from './opset.ts';
import { inputRange, isKnownDomain, plainDomain, supported } from './operators.ts';
import { ProblemList, quoted, type Problem } from './problems.ts';
import { dtypes, type Graph, type Model, type Node, type ValueInfo } from './types.ts';
import { graphsOf, nodesOf } from './walk.ts';

/** Everything wrong with a model that can be seen without running it; errors first. Linear in its size. */
export function problemsOf(model: Model): Problem[] {
  const problems = new ProblemList();
  checkVersions(model, problems);
  checkOperators(model, problems);
  checkGraphs(model, problems);
  checkTypes(model.graph, problems);
  checkInputs(model, problems);
  checkEmptyTensors(model, problems);
  return problems.all();
}

function checkVersions(model: Model, problems: ProblemList): void {
  const { irVersion = 0 } = model;
  if (irVersion > supported.irVersion) {
    const message =
      `The file has IR version ${irVersion}; onnxruntime 1.30 reads up to ${supported.irVersion}. ` +
      `Export the model with an older onnx package.`;
    problems.error('newer-ir', 'model', message);
  }
  for (const { domain = '', version = 0 } of model.opsetImports) {
    const newest = supported.opsets[plainDomain(domain)];
    if (newest === undefined || version <= newest) continue;
    const message =
      `The model uses version ${version} of the operators of ${domainName(domain)}; onnxruntime 1.30 ` +
      `has up to ${newest}. Export it for opset ${newest} or older.`;
    problems.error('newer-opset', `opset of ${domainName(domain)}`, message);
  }
  const opset = opsetOf(model);
  if (opset === undefined || opset >= supported.oldestOpset) return;
  const message =
    `The model uses opset ${opset}; onnxruntime has some operators only from ${supported.oldestOpset} ` +
    'on. If it does not run, export it for a newer opset.';
  problems.warning('older-opset', 'opset of ai.onnx', message);
}

const domainName = (domain: string): string => plainDomain(domain) || 'ai.onnx';

/** Nodes that share a problem are told once, with their number. */
interface Kin {
  readonly first: Node;
  count: number;
}

function checkOperators(model: Model, problems: ProblemList): void {
  const functions = new Set(model.functions.map(({ domain, name }) => keyOf(domain, name)));
  const imported = new Set(model.opsetImports.map(({ domain = '' }) => plainDomain(domain)));
  const strange = new Map<string, Kin>();
  const unimported = new Map<string, Kin>();
  for (const node of nodesOf(model)) {
    if (functions.has(keyOf(node.domain, node.opType))) continue;
    const range = inputRange(node.domain, node.opType);
    if (!range) count(strange, operatorOf(node), node);
    else if (!imported.has(plainDomain(node.domain))) {
      count(unimported, plainDomain(node.domain), node);
    }
    if (range) checkInputCount(node, range, problems);
  }
  for (const [operator, kin] of strange) reportStrange(operator, kin, problems);
  for (const [domain, { first }] of unimported) {
    const message =
      `The model does not say which version of the operators of ${domainName(domain)} it means ` +
      `(${nodeName(first)} is one). onnxruntime takes its newest; export the model again to be sure.`;
    problems.warning('missing-opset', `opset of ${domainName(domain)}`, message);
  }
}

const keyOf = (domain: string, name: string): string => `${plainDomain(domain)}\n${name}`;

function count(kin: Map<string, Kin>, key: string, node: Node): void {
  const known = kin.get(key);
  if (known) known.count++;
  else kin.set(key, { first: node, count: 1 });
}

function reportStrange(operator: string, { first, count }: Kin, problems: ProblemList): void {
  const others = count === 1 ? '' : ` and ${count - 1} more`;
  const where = `${nodeName(first)}${others}`;
  if (isKnownDomain(first.domain)) {
    const message =
      `onnxruntime has no operator ${quoted(operator)} (used by ${where}). ` +
      'Export the model with standard operators, or with a function that defines this one.';
    problems.error('unknown-operator', where, message);
    return;
  }
  const message =
    `The operator ${quoted(operator)} (used by ${where}) comes from an extension that onnxruntime does not ` +
    'have here. Export the part of the model that needs no extension.';
  problems.error('unknown-domain', where, message);
}

/** Empty names at the end stand for inputs that are left out. */
function checkInputCount(
  node: Node,
  { fewest, most }: { readonly fewest: number; readonly most: number },
  problems: ProblemList,
): void {
  const given = node.inputs.length;
  const used = node.inputs.findLastIndex((name) => name !== '') + 1;
  if (given >= fewest && used <= most) return;
  const takes =
    fewest === most
      ? `${fewest}`
      : most === Infinity
        ? `${fewest} or more`
        : `${fewest} to ${most}`;
  const where = nodeName(node);
  const message =
    `${where[0]?.toUpperCase() ?? ''}${where.slice(1)} has ${used} inputs where ${node.opType} takes ` +
    `${takes}. The graph is damaged; export the model again.`;
  problems.error('input-count', where, message);
}

function checkInputs(model: Model, problems: ProblemList): void {
  const stored = new Set(model.graph.initializers.map(({ name }) => name));
  for (const input of model.graph.inputs) {
    if (stored.has(input.name)) continue;
    const place = `input ${quoted(input.name)}`;
    const strange = strangeType(input);
    if (strange) {
      const message =
        `The ${place} is ${strange}, for which no values can be made up here. The model can be ` +
        'compressed; to compare it, export it without that part.';
      problems.warning('unusual-type', place, message);
    }
    const dims = input.type?.tensorType?.shape?.dims ?? [];
    if (!dims.some(({ value }) => value === 0)) continue;
    const message =
      `The ${place} has the dims ${listed(dims.map(({ value, param }) => value ?? param ?? '?'))} ` +
      'and so never holds a value. Export the model with the sizes that it is meant for, or with free ones.';
    problems.warning('zero-size', place, message);
  }
}

/** Types that onnxruntime's JavaScript has no arrays for, so that it opens no model with them at its border. */
const withoutArrays = /^(bfloat16|complex64|complex128|float8.*|float4.*|u?int2)$/;

function checkTypes({ inputs, outputs }: Graph, problems: ProblemList): void {
  const all = [
    ...inputs.map((one) => ['input', one] as const),
    ...outputs.map((one) => ['output', one] as const),
  ];
  for (const [kind, { name, type }] of all) {
    const dtype = dtypes[type?.tensorType?.elemType ?? 0] ?? 'undefined';
    if (!withoutArrays.test(dtype)) continue;
    const place = `${kind} ${quoted(name)}`;
    const message =
      `The ${place} is ${dtype}, for which JavaScript has no arrays, so onnxruntime does not open the ` +
      'model here. Export it with float32 or float16 inputs and outputs.';
    problems.error('unusual-type', place, message);
  }
}

function strangeType({ type }: ValueInfo): string | undefined {
  if (type?.sequenceType) return 'a sequence';
  if (type?.mapType) return 'a map';
  if (type?.optionalType) return 'optional';
  if (type?.sparseTensorType) return 'a sparse tensor';
  return type?.tensorType?.elemType === dtypes.indexOf('string') ? 'text' : undefined;
}

/** Lists may be empty on purpose; a matrix without elements is a layer without weights. */
function checkEmptyTensors(model: Model, problems: ProblemList): void {
  for (const graph of graphsOf(model)) {
    for (const { name, dims, dtype } of graph.initializers) {
      if (dims.length < 2 || !dims.includes(0) || !dtype.startsWith('float')) continue;
      const place = `initializer ${quoted(name)}`;
      const message =
        `The ${place} has the dims ${listed(dims)} and so holds no values. ` +
        'If the model was pruned, export it without the layer that became empty.';
      problems.warning('zero-size', place, message);
    }
  }
}

/** Dims as people write them; a damaged file may have very many. */
const listed = (dims: readonly (number | string)[]): string =>
  `[${dims.slice(0, 8).join(', ')}${dims.length > 8 ? ', …' : ''}]`;
