/**
 * Turns the canonical artefact into what a device runs well. Canonical: a weight is stored as codes
 * behind a DequantizeLinear. Left alone, that is the slowest of all: runtimes unpack the weight at
 * every run, or fuse it into an operator without a kernel. So each weight takes a form of the table
 * in `forms.ts`; what a weight computes does not change.
 */
import { bytesFromFloats } from '../../onnx/floats.ts';
import { mapGraphs, type GraphPath } from '../../onnx/edit.ts';
import { namesOf, withoutUnreachable } from '../../onnx/graph.ts';
import { GraphEdit } from '../../onnx/graph-edit.ts';
import { withOpset } from '../../onnx/opset.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Graph, Model, Node, Tensor } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import type { Device, SessionOptions } from '../../runtime.ts';
import { kept } from '../model-edit.ts';
import { dequantize } from './dequantize.ts';
import { objection, operatorForms, type FormId, type Support } from './forms.ts';
import { suitHalves } from './half-stage.ts';
import { isStepwise, suitIntegers, type IntegerStage } from './integer-stage.ts';
import { Packing } from './packing.ts';
import { planForms, type Objection, type WeightPlan } from './plan.ts';
import { slowerForOneRow } from './speed.ts';

/** What became of one weight: `float32` where it was unpacked here, `as-is` where nothing changed. */
export interface RealizedForm {
  /** The weight's key (weights.ts); the name of its value where it is not among the model's weights. */
  readonly key: string;
  readonly form: FormId | 'float32' | 'as-is';
  /** Why it is not in a form that would come first in the table. */
  readonly reason?: string;
}

export interface Realized {
  readonly model: Model;
  /** How the session must be made for the forms to hold. */
  readonly session: SessionOptions;
  readonly forms: readonly RealizedForm[];
}

/**
 * The model in the form that suits a device, where `support` (from `probeForms`) says what works
 * there. Inputs, outputs and what they mean stay. A model without coded weights comes back as it is.
 */
export function realize(model: Model, device: Device, support: Support): Promise<Realized> {
  const slow = isStepwise(model) ? slowerForOneRow(support) : undefined;
  return realizeWith(model, device, (id) => {
    return objection(id, device, support) ?? (id === 'integer-products' ? slow : undefined);
  });
}

/** `realize` with the choice of forms in the caller's hands. */
export async function realizeWith(
  model: Model,
  device: Device,
  object: Objection,
): Promise<Realized> {
  const stage = await suitIntegers(model, object);
  const { model: suited, forms: halves } = await suitHalves(stage.model, object);
  const plans = planForms(suited, device, object);
  const others = [...integerWeights(stage), ...halves];
  if (plans.length === 0) return { model: suited, session: {}, forms: others };
  const keys = keysOf(suited);
  const weights = plans.flatMap((plan) =>
    formsOf(plan, stage).map((form) => ({
      key: keys.get(plan.weight.node) ?? plan.weight.value,
      ...form,
    })),
  );
  const folds = weights.some(({ form }) => form === 'fold-dequantize');
  const session: SessionOptions = folds ? { foldDequantize: true } : {};
  return { model: await apply(suited, plans), session, forms: [...others, ...weights] };
}

/** Weights that operators of integers take as they are stored. */
function integerWeights({ model, form, reason }: IntegerStage): RealizedForm[] {
  if (form === 'rounded-activations') return [];
  const because = reason === undefined ? {} : { reason };
  return findWeights(model).flatMap(({ key, quantized }) => {
    const operator = quantized?.dequantize.opType ?? '';
    const isTaken = /Integer|^QLinear|^QGemm|^DynamicQuantize/.test(operator);
    return isTaken ? [{ key, form: form ?? ('as-is' as const), ...because }] : [];
  });
}

const keysOf = (model: Model): ReadonlyMap<Node, string> =>
  new Map(
    findWeights(model).flatMap(({ quantized, key }) =>
      quantized ? [[quantized.dequantize, key] as const] : [],
    ),
  );

function formsOf(
  { asIs, rewrites, unpacked, unfolded }: WeightPlan,
  { form: integer, reason }: IntegerStage,
): Omit<RealizedForm, 'key'>[] {
  if (asIs !== undefined) {
    if (integer === 'integer-layers') return [{ form: integer }];
    return [{ form: 'as-is', reason: reason ?? asIs }];
  }
  const rounded =
    integer === 'rounded-activations'
      ? [`activations are rounded in float32: ${reason ?? ''}`]
      : [];
  const because = (reasons: readonly string[]) => {
    const all = [...rounded, ...reasons];
    return all.length > 0 ? { reason: [...new Set(all)].join('; ') } : {};
  };
  const used = [...new Set(rewrites.map(({ form }) => form))].map((form) => ({
    form,
    ...because(rewrites.flatMap((one) => (one.form === form ? one.refusals : []))),
  }));
  if (unpacked.length === 0) return used;
  if (unfolded === undefined) return [...used, { form: 'fold-dequantize', ...because(unpacked) }];
  return [...used, { form: 'float32', ...because([...unpacked, unfolded]) }];
}

/** Changes to one graph. */
interface Changes {
  readonly replaced: Map<Node, readonly Node[]>;
  readonly first: Node[];
  readonly added: Tensor[];
}

async function apply(model: Model, plans: readonly WeightPlan[]): Promise<Model> {
  const packing = new Packing(namesOf(model));
  const changes = new Map<string, Changes>();
  for (const { weight, rewrites, unpacked, unfolded } of plans) {
    for (const { use, form, grid } of rewrites) {
      const nodes = await operatorForms[form].nodes(use, grid, packing);
      changesAt(changes, []).replaced.set(use.node, nodes);
    }
    if (unpacked.length > 0 && unfolded !== undefined) {
      const values = bytesFromFloats(await dequantize(weight), weight.dtype);
      const at = changesAt(changes, weight.path);
      at.replaced.set(weight.node, []);
      at.added.push(makeTensor(weight.value, weight.dtype, weight.codes.dims, kept(values)));
    }
  }
  if (changes.size === 0) return model;
  const main = changesAt(changes, []);
  main.first.push(...packing.nodes);
  main.added.push(...packing.tensors);
  const changed = mapGraphs(model, (graph, path) => applyTo(graph, changes.get(keyOf(path))));
  return packing.tensors.length > 0 ? withOpset(changed, 'com.microsoft', 1) : changed;
}

function changesAt(all: Map<string, Changes>, path: GraphPath): Changes {
  const key = keyOf(path);
  const changes = all.get(key) ?? {
    replaced: new Map<Node, readonly Node[]>(),
    first: [],
    added: [],
  };
  all.set(key, changes);
  return changes;
}

function applyTo(graph: Graph, changes: Changes | undefined): Graph {
  if (!changes) return graph;
  const edit = new GraphEdit(graph).insertFirst(...changes.first);
  for (const [node, nodes] of changes.replaced) edit.replace(node, ...nodes);
  return withoutUnreachable(edit.addInitializer(...changes.added).done());
}

const keyOf = (path: GraphPath): string =>
  path.map(({ node, attribute, index }) => `${node}.${attribute}.${index}`).join('/');
