/**
 * What all techniques share that store weights as codes: which weights are worth it, the opset that
 * the codes need, their size to the byte, and putting them in the weight's place.
 */
import { RecipeError } from '../errors.ts';
import { blocksOf } from '../math/blocks.ts';
import {
  gridFor,
  packCoded,
  type CodeBits,
  type CodedBlocks,
  type Grid,
  type ScaleType,
} from '../math/grid.ts';
import { packedSize } from '../math/pack-bits.ts';
import { worthSteps } from '../math/scale-steps.ts';
import { opsetOf } from '../onnx/opset.ts';
import type { Model } from '../onnx/types.ts';
import { upgradeOpset } from '../onnx/upgrade.ts';
import { findWeights, type Weight } from '../onnx/weights.ts';
import { blockForm, isTurned, type BlockForm } from './block-form.ts';
import { notDense, withoutRefused } from './dense.ts';
import { dequantized, opsetFor } from './dequantize.ts';
import type { ModelEdit } from './model-edit.ts';
import type { Context } from './technique.ts';

/** How a weight is to be stored. */
export interface CodeStorage {
  readonly bits: CodeBits;
  /** Neighbors that share a scale; 0 for whole channels. */
  readonly blockSize: number;
  readonly symmetric: boolean;
  /** int8 where that takes less than float16: not for channels of few blocks. */
  readonly scales: ScaleType;
}

type Stored = Pick<Weight, 'dims' | 'role' | 'inAxes' | 'dtype'>;

/** The grid of a weight. Errors: RecipeError for a zero point below 2 bits. */
export function gridOf(weight: Stored, storage: CodeStorage): Grid {
  const { bits, symmetric } = storage;
  if (bits < 2 && !symmetric) {
    throw new RecipeError(
      `Codes of ${bits} bits have no zero point; set "symmetric" to true, or take 2 bits or more.`,
    );
  }
  return gridFor(bits, symmetric, scaleTypeOf(weight, storage));
}

/** Scales of float16 weights are float16 at most: those weights are themselves no more exact. */
function scaleTypeOf(weight: Stored, { scales, blockSize }: CodeStorage): ScaleType {
  if (scales === 'int8' && worthSteps(blocksPerChannel(weight, blockSize))) return 'int8';
  return scales === 'int8' || weight.dtype === 'float16' ? 'float16' : scales;
}

function blocksPerChannel(weight: Stored, blockSize: number): number {
  const { layout, kernelBlock } = blockForm(weight, blockSize);
  return blocksOf(layout.axis, kernelBlock).count;
}

/** The bytes of a weight's codes, scales and zero points, its scales within the range of their type. */
export function storedSize(weight: Stored, storage: CodeStorage): number {
  const { container, symmetric, scaleType } = gridOf(weight, storage);
  const { layout, kernelBlock } = blockForm(weight, storage.blockSize);
  const { outer, axis, inner } = layout;
  const places = outer * blocksOf(axis, kernelBlock).count * inner;
  const steps = scaleType === 'int8' ? 4 * outer * inner : 0;
  const scales = places * scaleBytes[scaleType] + steps;
  const zeroPoints = symmetric ? 0 : packedSize(places, container);
  return packedSize(outer * axis * inner, container) + scales + zeroPoints;
}

const scaleBytes: Readonly<Record<ScaleType, number>> = { float32: 4, float16: 2, int8: 1 };

/** What the nodes and names of the canonical form add to the file, roughly: a reason to leave tiny weights alone. */
const overhead = 200;

/** Why a weight should not be stored so; undefined where it would become smaller. */
export function notSmaller(weight: Weight, storage: CodeStorage): string | undefined {
  const size = storedSize(weight, storage) + overhead;
  if (size < weight.bytes) return undefined;
  return `at ${storage.bits} bits it would take ${size} bytes instead of ${weight.bytes}`;
}

/** A model that can hold the codes, and those of its weights that get some, in its order. */
export interface ReadyForCodes {
  readonly model: Model;
  readonly weights: readonly Weight[];
  /** How a weight of them lies in blocks. */
  readonly form: (weight: Weight) => BlockForm;
  readonly grid: (weight: Weight) => Grid;
}

/**
 * Leaves out the weights that can't be stored so or would not become smaller, with notes, and raises
 * the opset where the codes need it. The very model where no weight is left. Errors: RecipeError.
 */
export async function readyForCodes(
  model: Model,
  storage: CodeStorage,
  { weights: given, note }: Pick<Context, 'weights' | 'note'>,
): Promise<ReadyForCodes> {
  const reason = (weight: Weight) => notDense(weight) ?? notSmaller(weight, storage);
  const worth = withoutRefused(given, reason, note);
  const upgraded = worth.length > 0 ? await withOpsetFor(model, storage, note) : model;
  const keys = new Set(worth.map(({ key }) => key));
  return {
    model: upgraded,
    weights: findWeights(upgraded).filter(({ key }) => keys.has(key)),
    form: (weight) => blockForm(weight, storage.blockSize, isTurned(upgraded, weight)),
    grid: (weight) => gridOf(weight, storage),
  };
}

async function withOpsetFor(
  model: Model,
  { bits }: Pick<CodeStorage, 'bits'>,
  note: Context['note'],
): Promise<Model> {
  const opset = opsetFor(gridFor(bits, true, 'float32').container);
  const upgraded = await upgradeOpset(model, opset);
  if (upgraded !== model) {
    note(`Codes of ${bits} bits need opset ${opset}; the model had ${opsetOf(model)}.`);
  }
  return upgraded;
}

/** Puts codes in the place of a weight of `edit`'s model. */
export function storeCodes(
  edit: ModelEdit,
  weight: Weight,
  form: BlockForm,
  coded: CodedBlocks,
  grid: Grid,
): void {
  const blocks = packCoded(coded, grid);
  const fresh = (base: string) => edit.fresh(base);
  const { tensors, nodes } = dequantized(weight, form, blocks, grid, fresh);
  edit.replaceStored(weight, tensors, nodes);
}
