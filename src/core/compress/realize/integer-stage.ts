/**
 * The first stage of realizing: what of a model computes with rounded activations either stays as it
 * is, or is written with float operators that round as it does. Weights of the latter are ordinary coded
 * weights from then on.
 */
import type { Model, Tensor } from '../../onnx/types.ts';
import { graphsOf, nodesOf } from '../../onnx/walk.ts';
import { toFloat } from '../to-float/to-float.ts';
import { quantizesActivations } from './activations.ts';
import type { FormId } from './forms.ts';
import type { IntegerFormId } from './integer-forms.ts';
import type { Objection } from './plan.ts';

/** What becomes of the integer parts of a model. */
export interface IntegerStage {
  readonly model: Model;
  /** The form of operators on integers that stay; absent where there are none, or nothing suits them. */
  readonly form?: IntegerFormId;
  /** Why it is not the form that comes first. */
  readonly reason?: string;
}

const dynamicOperators = new Set([
  ...['MatMulInteger', 'ConvInteger', 'DynamicQuantizeMatMul', 'MatMulIntegerToFloat'],
]);

/** The forms of integers that a model is stored in. */
export function integerFormsOf(model: Model): ('integer-products' | 'integer-layers')[] {
  const isDynamic = [...nodesOf(model)].some(({ opType }) => dynamicOperators.has(opType));
  return [
    ...(isDynamic ? (['integer-products'] as const) : []),
    ...(quantizesActivations(model) ? (['integer-layers'] as const) : []),
  ];
}

/** Whether a model is run one token at a time: it takes the keys and values of those before. */
export const isStepwise = ({ graph }: Model): boolean =>
  graph.inputs.some(({ name }) => /^past[\w.]*[._]\d+/.test(name));

/** Decides, and rewrites what the device should not compute with integers. */
export async function suitIntegers(model: Model, objection: Objection): Promise<IntegerStage> {
  const [first, ...others] = integerFormsOf(model);
  if (!first) return { model };
  const refused = [first, ...others].flatMap((id) => objection(id) ?? []);
  if (refused.length === 0) return { model, form: first };
  const reason = refused.join('; ');
  const rounds = objection('rounded-activations');
  if (rounds !== undefined) return { model, reason: `${reason}; ${rounds}` };
  return { model: await roundedInFloat(model), form: 'rounded-activations', reason };
}

/** The model with float operators in the place of integer ones, its weights as codes wherever they can be. */
async function roundedInFloat(model: Model): Promise<Model> {
  const codes = dequantizedCodes(model);
  return toFloat(model, {
    signal: new AbortController().signal,
    activations: true,
    everyRange: true,
    exact: true,
    mayFold: (tensor) => !codes.has(tensor),
    wasFolded: () => undefined,
    stays: () => undefined,
  });
}

/** Stored codes that a DequantizeLinear takes: the later stages know what to do with them. */
function dequantizedCodes(model: Model): ReadonlySet<Tensor> {
  const found = new Set<Tensor>();
  for (const { initializers, nodes } of graphsOf(model)) {
    const taken = new Set(
      nodes.flatMap(({ opType, inputs }) =>
        opType === 'DequantizeLinear' ? inputs.slice(0, 1) : [],
      ),
    );
    for (const tensor of initializers) {
      if (taken.has(tensor.name) && /int[248]$/.test(tensor.dtype)) found.add(tensor);
    }
  }
  return found;
}

/** The forms worth a try for the integer parts, in their order. */
export function integerFormsWanted(model: Model, isAvoided: (id: FormId) => boolean): FormId[] {
  const stored = integerFormsOf(model);
  if (stored.length === 0) return [];
  const useful = stored.filter((id) => !isAvoided(id));
  const rounds = useful.length < stored.length || isStepwise(model);
  return [...useful, ...(rounds ? (['rounded-activations', 'fold-dequantize'] as const) : [])];
}
