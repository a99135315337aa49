/** Turns the quantized parts of a model back into floating point: stored codes, rounded activations, integer operators. */
import { operatorOf } from '../../onnx/flow.ts';
import { freshName, namesOf, renameValue, sorted, withoutUnreachable } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import type { Graph, Model, Node, Tensor } from '../../onnx/types.ts';
import { nodesOf } from '../../onnx/walk.ts';
import { LeftAlone, stemOf, type Job } from './job.ts';
import { move } from './moving.ts';
import { computesWithCodes, rules } from './rules.ts';
import { FloatScope } from './scope.ts';
import { withoutViews } from './views.ts';

/** What of a model shall become real, and who hears of it. */
export interface ToFloat {
  readonly signal: AbortSignal;
  readonly activations: boolean;
  readonly everyRange: boolean;
  /** Keeps what the model computes: rounds by float operators what was rounded by integer ones. */
  readonly exact?: boolean;
  mayFold(codes: Tensor): boolean;
  wasFolded(codes: Tensor, values: Tensor): void;
  /** A node that computes with codes stays, for this reason. */
  stays(node: Node, reason: string): void;
}

/** The model without its quantized parts; the very model where nothing changed. Errors: ModelError, the signal's reason. */
export async function toFloat(model: Model, wishes: ToFloat): Promise<Model> {
  const taken = namesOf(model);
  const origins = new Map<string, string>();
  const fresh = (base: string) => freshName(taken, base);
  const job: Job = {
    exact: false,
    ...wishes,
    opset: opsetOf(model) ?? 1,
    fedDefaults: (model.irVersion ?? 4) > 3,
    fresh,
    nameFor(codes) {
      const stem = stemOf(codes);
      return fresh(stem === codes || taken.has(stem) ? `${codes}_float` : stem);
    },
    wasFolded(codes, values) {
      origins.set(values.name, codes.name);
      wishes.wasFolded(codes, values);
    },
  };
  const reasons = new Map<string, string>();
  const graph = await converted(model.graph, { job, origins, reasons }, undefined);
  for (const node of nodesOf({ ...model, graph })) {
    if (computesWithCodes(operatorOf(node))) {
      wishes.stays(node, reasons.get(node.outputs[0] ?? '') ?? whyStill(node));
    }
  }
  if (graph === model.graph) return model;
  return withUsedDomains(model, { ...model, graph });
}

const whyStill = ({ opType }: Node): string =>
  opType.includes('Integer')
    ? 'nothing scales its result back to real numbers in a way known here'
    : opType.includes('uantizeLinear')
      ? 'the codes are an input or output of the model, or an operator without a rule takes them'
      : 'there is no rule for this operator';

interface Work {
  readonly job: Job;
  /** The codes of each new initializer. */
  readonly origins: Map<string, string>;
  /** Why nodes stay, by their first output. */
  readonly reasons: Map<string, string>;
}

async function converted(given: Graph, work: Work, parent: FloatScope | undefined): Promise<Graph> {
  const scope = new FloatScope(work.job, given, parent);
  for (const node of sorted(given).nodes) {
    work.job.signal.throwIfAborted();
    await convert(scope, scope.inputsOf(await withSubgraphs(node, work, scope)), work);
  }
  const outputs = giveOutputs(scope, given);
  const same =
    scope.added.length === 0 &&
    scope.nodes.length === given.nodes.length &&
    scope.nodes.every((node, at) => node === given.nodes[at]);
  if (same) return given;
  const initializers = [...given.initializers, ...scope.added];
  const all: Graph = { ...given, nodes: scope.nodes, initializers };
  const named = [...outputs].reduce((graph, [now, name]) => renameValue(graph, now, name), all);
  const whole = await withoutViews(withoutUnreachable(named), work.origins);
  const left = new Set(namesIn(whole));
  const quantizationAnnotations = given.quantizationAnnotations.filter(
    ({ tensorName, quantParameterTensorNames }) =>
      left.has(tensorName) && quantParameterTensorNames.every(({ value }) => left.has(value)),
  );
  return { ...whole, quantizationAnnotations };
}

/**
 * Gives the outputs that are other values now: a value that only one output is takes its name, by the
 * renames that come back; others go through an Identity.
 */
function giveOutputs(scope: FloatScope, given: Graph): Map<string, string> {
  const own = new Set([...given.inputs, ...given.outputs].map(({ name }) => name));
  const renames = new Map<string, string>();
  for (const { name } of given.outputs) {
    const now = scope.resolve(name);
    if (now === name) continue;
    const isMade = scope.nodes.some(({ outputs }) => outputs.includes(now));
    if (isMade && !own.has(now) && !renames.has(now)) renames.set(now, name);
    else scope.make('Identity', [now], {}, { output: name });
  }
  return renames;
}

function* namesIn({ nodes, initializers, inputs }: Graph): Generator<string> {
  for (const { name } of [...initializers, ...inputs]) yield name;
  for (const { outputs } of nodes) yield* outputs;
}

/** Subgraphs are converted where their node stands: they see what was converted before it. */
async function withSubgraphs(node: Node, work: Work, scope: FloatScope): Promise<Node> {
  if (!node.attributes.some(({ g, graphs }) => g ?? graphs)) return node;
  const attributes: Node['attributes'][number][] = [];
  for (const attribute of node.attributes) {
    const { g, graphs } = attribute;
    const inner = g && (await converted(g, work, scope));
    const inners: Graph[] = [];
    for (const graph of graphs ?? []) inners.push(await converted(graph, work, scope));
    const changed = inner !== g || inners.some((graph, at) => graph !== graphs?.[at]);
    attributes.push(
      changed
        ? { ...attribute, ...(inner ? { g: inner } : {}), ...(graphs ? { graphs: inners } : {}) }
        : attribute,
    );
  }
  const same = attributes.every((one, at) => one === node.attributes[at]);
  return same ? node : { ...node, attributes };
}

async function convert(scope: FloatScope, node: Node, { reasons }: Work): Promise<void> {
  const rule = rules[operatorOf(node)];
  if (!rule) {
    await move(scope, node);
    scope.emit(node);
    return;
  }
  try {
    await rule(scope, node);
  } catch (error) {
    if (!(error instanceof LeftAlone)) throw error;
    reasons.set(node.outputs[0] ?? '', error.message);
    scope.emit(node);
  }
}

/** Domains that no node uses any more are imported no more. */
function withUsedDomains(before: Model, after: Model): Model {
  const used = new Set([...nodesOf(after)].map(({ domain }) => domain));
  const usedBefore = new Set([...nodesOf(before)].map(({ domain }) => domain));
  const opsetImports = after.opsetImports.filter(
    ({ domain = '' }) => used.has(domain) || !usedBefore.has(domain),
  );
  return opsetImports.length === after.opsetImports.length ? after : { ...after, opsetImports };
}
