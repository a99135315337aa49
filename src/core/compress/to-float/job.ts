/** What all graphs of one conversion share. */
import { loadBytes } from '../../onnx/tensor.ts';
import type { Tensor } from '../../onnx/types.ts';
import type { FloatScope } from './scope.ts';

/** A node stays as it is, for this reason: a clause like `its scale is computed`. */
export class LeftAlone extends Error {
  override name = 'LeftAlone';
}

/** Why a node stays whose weight the step leaves out. */
export const notSelected = 'this step does not select its weight';

/** A stored tensor in sight. */
export interface Constant {
  /** As the reader sees it; its dims may be those of a Reshape. */
  readonly tensor: Tensor;
  /** As the model stores it. */
  readonly source: Tensor;
  /** The graph that holds it. */
  readonly home: FloatScope;
}

export interface Job {
  readonly opset: number;
  readonly signal: AbortSignal;
  /** Whether the rounding of activations goes as well. */
  readonly activations: boolean;
  /** Whether every range in which activations were rounded stays as a Clip, or only those that may stand for a Relu. */
  readonly everyRange: boolean;
  /** Whether all stays that the codes do: activations are rounded by float operators, and weights that integer products take stay codes. */
  readonly exact: boolean;
  /** Whether initializers that are graph inputs too can be overridden. */
  readonly fedDefaults: boolean;
  /** A name that is free in the model; taken from then on. */
  fresh(base: string): string;
  /** A free name for the values behind stored codes. */
  nameFor(codes: string): string;
  mayFold(codes: Tensor): boolean;
  wasFolded(codes: Tensor, values: Tensor): void;
}

/** Whether two stored tensors hold the same numbers, whatever their dims. */
export async function sameStored(a: Tensor, b: Tensor): Promise<boolean> {
  if (a === b) return true;
  if (a.dtype !== b.dtype) return false;
  const [left, right] = [await loadBytes(a), await loadBytes(b)];
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

/** What the names of codes are told apart by from the weights that they are made of. */
const suffixes =
  /(?:_(?:codes|quantized|packed|rows|q\d+(?:g\d+)?|u?int[248]|qweight|weight_quant|quant))+$/i;

/** The name of a weight by that of its codes; the same where nothing marks them as codes. */
export const stemOf = (codes: string): string => codes.replace(suffixes, '');
