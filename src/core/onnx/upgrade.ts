/**
 * Raises the opset of a model without changing what it computes. Compressed models need the
 * DequantizeLinear of opset 21 (blocks, 4 bits) or 25 (2 bits); models in the wild import 7 to 20, and
 * raising the number alone would give many of their nodes another meaning.
 *
 * Go no higher than needed: runtimes match kernels by version and lag behind. At 21 onnxruntime 1.30
 * runs all that it ran before. From 22 on it has no kernel for GlobalLpPool, MaxRoiPool, Multinomial,
 * RoiAlign and the Random operators (nor Bernoulli, which is made of one), at 25 none for Swish. Its
 * WebGPU provider lacks, at 25, DequantizeLinear, Flatten, If, Pad, Shape, Squeeze and Transpose.
 */
import { graph as makeGraph, irVersionFor } from './build.ts';
import { namesOf } from './graph.ts';
import { opsetOf, withOpset } from './opset.ts';
import type {
  Attribute,
  Graph,
  Model,
  ModelFunction,
  Node,
  TrainingInfo,
  ValueInfo,
} from './types.ts';
import { Scope, type Journey } from './upgrade/scope.ts';
import { rulesOf } from './upgrade/table.ts';

/** The opsets that the rules can reach: they use nodes of the first and know all changes up to the last. */
const reach = { first: 15, last: 25 };

/**
 * The model with every node converted to `version` of ai.onnx (15 to 25): main graph, subgraphs,
 * training graphs and functions. The IR version rises where the opset needs it. A model that is there
 * already comes back as it is. Errors: ModelError that names the node which can't be converted;
 * RangeError for a version out of reach.
 */
export async function upgradeOpset(model: Model, version: number): Promise<Model> {
  if (version < reach.first || version > reach.last) {
    throw new RangeError(`opset ${version} is outside ${reach.first} to ${reach.last}`);
  }
  const from = importedBy(model);
  const isBehind = (opset: number | undefined): boolean => opset === undefined || opset < version;
  const behind = isBehind(from);
  if (!behind && !model.functions.some((one) => isBehind(opsetOf(one) ?? from))) return model;
  const journey = { from: from ?? version, to: version, taken: allNames(model) };
  const functions = await inTurn(model.functions, (one) => upgradeFunction(one, journey));
  if (!behind) return { ...model, functions };
  const graph = withoutDefaults(model);
  const scope = new Scope(graph, journey, undefined, false);
  const upgraded = {
    ...model,
    functions,
    graph: await upgradeGraph(graph, scope),
    trainingInfos: await inTurn(model.trainingInfos, (info) => upgradeTraining(info, scope)),
    irVersion: Math.max(model.irVersion ?? 0, irVersionFor(version)),
  };
  return withOpset(upgraded, '', version);
}

/** The version of ai.onnx; files older than IR version 3 could not say, and meant the first. */
const importedBy = (model: Model): number | undefined =>
  opsetOf(model) ?? ((model.irVersion ?? 0) < 3 ? 1 : undefined);

/**
 * Up to IR version 3 every initializer is a graph input too, and yet a constant. From 4 on such an
 * input means that the caller may replace the value, and nothing about it can be computed ahead.
 */
function withoutDefaults({ graph, irVersion = 0 }: Model): Graph {
  const stored = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !stored.has(name));
  return irVersion > 3 || inputs.length === graph.inputs.length ? graph : { ...graph, inputs };
}

/** Names in training graphs and functions may not clash either: runtimes inline functions. */
function allNames(model: Model): Set<string> {
  const names = namesOf(model);
  const training = model.trainingInfos.flatMap(({ initialization, algorithm }) => [
    initialization,
    algorithm,
  ]);
  for (const graph of [...training, ...model.functions.map(graphOfFunction)]) {
    if (graph) for (const name of namesOf({ ...model, graph })) names.add(name);
  }
  return names;
}

async function upgradeTraining(info: TrainingInfo, main: Scope): Promise<TrainingInfo> {
  const upgrade = (graph: Graph) =>
    upgradeGraph(graph, new Scope(graph, main.journey, main, false));
  const { initialization, algorithm } = info;
  return {
    ...info,
    ...(initialization ? { initialization: await upgrade(initialization) } : {}),
    ...(algorithm ? { algorithm: await upgrade(algorithm) } : {}),
  };
}

/** A function imports opsets of its own; where it does not name ai.onnx, the model's holds. */
async function upgradeFunction(one: ModelFunction, journey: Journey): Promise<ModelFunction> {
  const from = opsetOf(one) ?? journey.from;
  if (from >= journey.to) return one;
  const graph = graphOfFunction(one);
  const scope = new Scope(graph, { ...journey, from }, undefined, true);
  const { nodes } = await upgradeGraph(graph, scope);
  return withOpset({ ...one, nodes }, '', journey.to);
}

/** A function's nodes as a graph. Its values have no types: those come from the caller. */
function graphOfFunction({ nodes, inputs, outputs, name }: ModelFunction): Graph {
  const untyped = (value: string): ValueInfo => ({ name: value });
  return makeGraph({ nodes, inputs: inputs.map(untyped), outputs: outputs.map(untyped), name });
}

async function upgradeGraph(graph: Graph, scope: Scope): Promise<Graph> {
  const nodes: Node[] = [];
  for (const node of graph.nodes) nodes.push(...(await upgradeNode(node, scope)));
  const sameNodes = nodes.every((node, index) => node === graph.nodes[index]);
  if (sameNodes && nodes.length === graph.nodes.length) return graph;
  return {
    ...graph,
    nodes: [...scope.first, ...nodes],
    initializers: [...graph.initializers, ...scope.initializers],
  };
}

async function upgradeNode(node: Node, scope: Scope): Promise<readonly Node[]> {
  const attributes = await inTurn(node.attributes, (one) => upgradeAttribute(one, scope));
  const inner = attributes === node.attributes ? node : { ...node, attributes };
  return climb(inner, scope.journey.from, scope);
}

/** Takes a node up from one change of its operator to the next, with the nodes that it becomes. */
async function climb(node: Node, from: number, scope: Scope): Promise<readonly Node[]> {
  if (node.domain !== '' && node.domain !== 'ai.onnx') return [node];
  const rule = rulesOf(node.opType).find(({ at }) => at > from && at <= scope.journey.to);
  if (!rule) return [node];
  const left = node.attributes.find((one) => one.refAttrName && rule.reads?.includes(one.name));
  if (left) scope.refuse(node, `its function leaves "${left.name}" to the caller`);
  const converted = await rule.convert(node, scope);
  const nodes: Node[] = [];
  for (const one of converted) nodes.push(...(await climb(one, rule.at, scope)));
  return nodes;
}

/** The subgraphs of If, Loop and Scan are graphs of the same opset. */
async function upgradeAttribute(attribute: Attribute, outer: Scope): Promise<Attribute> {
  const upgrade = (graph: Graph) =>
    upgradeGraph(graph, new Scope(graph, outer.journey, outer, true));
  const { g, graphs } = attribute;
  const inner = g && (await upgrade(g));
  const inners = graphs && (await inTurn(graphs, upgrade));
  if (inner === g && inners === graphs) return attribute;
  return { ...attribute, ...(inner ? { g: inner } : {}), ...(inners ? { graphs: inners } : {}) };
}

/** Changes items one after the other; gives the same list back where none changed. */
async function inTurn<T>(
  items: readonly T[],
  change: (item: T) => Promise<T>,
): Promise<readonly T[]> {
  const changed: T[] = [];
  for (const item of items) changed.push(await change(item));
  return changed.every((item, index) => item === items[index]) ? items : changed;
}
