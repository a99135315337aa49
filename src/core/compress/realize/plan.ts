/** Decides which form each use of each coded weight takes. Changes nothing. */
import { graphAt } from '../../onnx/edit.ts';
import { indexGraph, type GraphIndex } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import type { Graph, Model } from '../../onnx/types.ts';
import type { Device } from '../../runtime.ts';
import { halfWeights } from '../float16/half-graph.ts';
import { inQuantizedOperator, quantizesActivations } from './activations.ts';
import type { BlockGrid } from './block-grid.ts';
import { codedWeights, type CodedWeight } from './coded-weight.ts';
import type { Setting } from './form.ts';
import {
  formIds,
  forms,
  operatorFormIds,
  operatorForms,
  type FormId,
  type OperatorFormId,
} from './forms.ts';
import { integerFormsWanted } from './integer-stage.ts';
import { needsZeroPoints } from './pack-scales.ts';
import { usesOf, type WeightUse } from './uses.ts';

/** Why a form must not be used, or undefined where it may. */
export type Objection = (id: FormId) => string | undefined;

/** A consumer that an operator of onnxruntime's own replaces. */
export interface Rewrite {
  readonly use: WeightUse;
  readonly form: OperatorFormId;
  readonly grid: BlockGrid;
  /** Why the forms before it in the table do not serve. */
  readonly refusals: readonly string[];
}

/** What becomes of one weight. */
export interface WeightPlan {
  readonly weight: CodedWeight;
  /** Left alone, and why. */
  readonly asIs?: string;
  readonly rewrites: readonly Rewrite[];
  /** Why other uses want it in float32; empty where none does. */
  readonly unpacked: readonly string[];
  /** Why the runtime must not unpack it itself, where that is so. */
  readonly unfolded?: string | undefined;
}

const partOfInteger = 'it belongs to an operator that quantizes its activations too';
const undoesActivations =
  'unpacking at load holds for a whole session and would undo the quantized activations of this model';

/** The plan of every coded weight of a model, in the order of the graphs. */
export function planForms(model: Model, device: Device, objection: Objection): WeightPlan[] {
  const weights = codedWeights(model);
  if (weights.length === 0) return [];
  const indexes = new Map<Graph, GraphIndex>();
  const mixed = quantizesActivations(model);
  const unfolded = mixed ? undoesActivations : objection('fold-dequantize');
  return weights.map((weight): WeightPlan => {
    const { path, value } = weight;
    const graph = graphAt(model, path);
    const index = indexes.get(graph) ?? indexGraph(graph);
    indexes.set(graph, index);
    if (mixed && inQuantizedOperator(index, value)) {
      return { weight, asIs: partOfInteger, rewrites: [], unpacked: [] };
    }
    if (path.length > 0) {
      return { weight, rewrites: [], unpacked: ['it lies in a subgraph'], unfolded };
    }
    const { uses, isOutput } = usesOf(index, weight);
    const plan = planUses(uses, settingOf(model, device, weight, uses), objection);
    const unpacked = isOutput ? [...plan.unpacked, 'it is an output of the model'] : plan.unpacked;
    return { weight, ...plan, unpacked, unfolded };
  });
}

function planUses(
  uses: readonly WeightUse[],
  setting: Setting,
  objection: Objection,
): Pick<WeightPlan, 'rewrites' | 'unpacked'> {
  const rewrites: Rewrite[] = [];
  const unpacked = new Set<string>();
  for (const use of uses) {
    const choice = chooseForm(use, setting, objection);
    if (typeof choice === 'string') unpacked.add(choice);
    else rewrites.push(choice);
  }
  // In the order of the table, so that products store their blocks before tables look for them.
  const order = (rewrite: Rewrite): number => operatorFormIds.indexOf(rewrite.form);
  return { rewrites: rewrites.sort((a, b) => order(a) - order(b)), unpacked: [...unpacked] };
}

/** The first form of the table that serves a use, or why none does. */
function chooseForm(use: WeightUse, setting: Setting, objection: Objection): Rewrite | string {
  const refusals: string[] = [];
  for (const form of candidates(use)) {
    const refused = objection(form);
    const grid = refused ?? operatorForms[form].grid(use, setting);
    if (typeof grid !== 'string') return { use, form, grid, refusals };
    refusals.push(grid);
  }
  const taker = use.input < 0 ? 'a subgraph' : use.node.opType;
  return [`${taker} takes it in float32`, ...refusals].join(': ');
}

function candidates({ weight, node, input }: WeightUse): OperatorFormId[] {
  if (input < 0 || node.domain !== '') return [];
  return operatorFormIds.filter((id) => {
    const { bits, operators } = operatorForms[id];
    return bits === weight.bits && operators.includes(node.opType);
  });
}

/**
 * On WebGPU GatherBlockQuantized numbers zero points through the rows of the table; elsewhere each row
 * starts with a byte. A head that is tied to the table shares its blocks.
 */
function settingOf(model: Model, device: Device, weight: CodedWeight, uses: readonly WeightUse[]) {
  const looksUp = uses.some(({ node }) => node.opType === 'Gather');
  const wholeBytes = device === 'webgpu' && looksUp && needsZeroPoints(weight);
  return { wholeBytes, opset: opsetOf(model) ?? 1 };
}

/** The forms that a model might take on a device: those worth probing. */
export function formsWanted(model: Model, device: Device): FormId[] {
  const isAvoided = (id: FormId) => forms[id].avoid[device] !== undefined;
  const wanted = new Set<FormId>(integerFormsWanted(model, isAvoided));
  if (halfWeights(model).size > 0 && !isAvoided('float16')) wanted.add('float16');
  // Once activations are rounded in float32, weights of integer products are coded weights like others.
  if (wanted.has('rounded-activations') && !isAvoided('matmul-nbits-8'))
    wanted.add('matmul-nbits-8');
  planForms(model, device, (id) => {
    if (!isAvoided(id)) wanted.add(id);
    return 'only asked';
  });
  return formIds.filter((id) => wanted.has(id));
}
