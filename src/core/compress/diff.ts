/** What became of each weight between two models: computed from the models, whatever a technique says. */
import { graphAt } from '../onnx/edit.ts';
import { isFloat } from '../onnx/floats.ts';
import { storedBehind } from '../onnx/stored-behind.ts';
import { byteLength, loadBytes, loadFloats, storedBytes } from '../onnx/tensor.ts';
import { piecesOf } from '../onnx/bytes.ts';
import type { Bytes, Dtype, Model, Tensor } from '../onnx/types.ts';
import { findWeights, type Role, type Weight } from '../onnx/weights.ts';

/** One state of a weight. */
export interface WeightState {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Stored bytes, those of scales, zero points and further factors included. */
  readonly bytes: number;
}

export interface Change {
  readonly key: string;
  /** Its key afterwards, where that is another: codes are named after their weight. */
  readonly becomes?: string;
  readonly role: Role;
  readonly before: WeightState;
  /** `factors` has the dims of each tensor where several took the weight's place. */
  readonly after: WeightState & { readonly factors?: readonly (readonly number[])[] };
  /** Share of exact zeros after, where the values are still stored as real numbers. */
  readonly zeros?: number;
}

/** The weights of `before` that `after` holds differently, in the order of the model. */
export async function diff(before: Model, after: Model): Promise<Change[]> {
  if (before === after) return [];
  const changes: Change[] = [];
  for (const [weight, next] of heirsOf(before, after)) {
    const [same] = next;
    if (!same || (same.key === weight.key && (await isUnchanged(weight, same)))) continue;
    changes.push(await changeOf(before, weight, after, next));
  }
  return changes;
}

/** What holds each weight of `before` in `after`: itself, what took its place, or nothing. In the order of `before`. */
export function heirsOf(before: Model, after: Model): Map<Weight, readonly Weight[]> {
  const old = findWeights(before);
  const later = findWeights(after);
  const oldKeys = new Set(old.map(({ key }) => key));
  const byKey = new Map(later.map((weight) => [weight.key, weight]));
  const strangers = later.filter(({ key }) => !oldKeys.has(key));
  return new Map(
    old.map((weight) => {
      const same = byKey.get(weight.key);
      if (same) return [weight, [same]];
      const heirs = strangers.filter(({ key }) => stemsFrom(key, weight.key, oldKeys));
      return [weight, heirs.length > 0 ? heirs : namesakes(weight, strangers)];
    }),
  );
}

/** Codes are named after their weight: the longest name that theirs begins with, once they are values again. */
function namesakes({ key: origin, quantized }: Weight, strangers: readonly Weight[]): Weight[] {
  if (!quantized) return [];
  const stems = strangers.filter(({ key }) => origin.startsWith(`${key}_`));
  return stems.sort((a, b) => b.key.length - a.key.length).slice(0, 1);
}

/** Tensors that take a weight's place carry its name and a suffix; the longest such name is the right one. */
function stemsFrom(key: string, origin: string, known: ReadonlySet<string>): boolean {
  if (!key.startsWith(`${origin}_`)) return false;
  for (let end = key.length; end > origin.length; end--) {
    if (key[end] === '_' && known.has(key.slice(0, end))) return false;
  }
  return true;
}

async function changeOf(
  before: Model,
  weight: Weight,
  after: Model,
  next: readonly Weight[],
): Promise<Change> {
  const [first] = next as readonly [Weight, ...Weight[]];
  const single = next.length === 1;
  const bytes = next.reduce((sum, one) => sum + bytesOf(after, one), 0);
  const zeros = single && isFloat(first.dtype) ? await zerosOf(first.tensor) : undefined;
  return {
    key: weight.key,
    ...(single && first.key !== weight.key ? { becomes: first.key } : {}),
    role: weight.role,
    before: { dtype: weight.dtype, dims: weight.dims, bytes: bytesOf(before, weight) },
    after: {
      dtype: first.dtype,
      dims: single ? first.dims : weight.dims,
      bytes,
      ...(single ? {} : { factors: next.map(({ dims }) => dims) }),
    },
    ...(zeros === undefined ? {} : { zeros }),
  };
}

/** The bytes of a weight with its scales and zero points. */
function bytesOf(model: Model, { bytes, path, quantized }: Weight): number {
  const graph = graphAt(model, path);
  const stored = (name: string | undefined): number => {
    const tensors = name === undefined ? [] : storedBehind(graph, name);
    return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0);
  };
  return bytes + stored(quantized?.scale) + stored(quantized?.zeroPoint);
}

async function isUnchanged({ tensor: a }: Weight, { tensor: b }: Weight): Promise<boolean> {
  if (a === b) return true;
  if (a.dtype !== b.dtype || byteLength(a) !== byteLength(b)) return false;
  return sameBytes(storedBytes(a) ?? (await loadBytes(a)), storedBytes(b) ?? (await loadBytes(b)));
}

/** Compares piece by piece, so that neither lies in the heap whole, up to the first difference. */
async function sameBytes(a: Bytes, b: Bytes): Promise<boolean> {
  if (a === b) return true;
  const others = piecesOf(b);
  for await (const left of piecesOf(a)) {
    const { value } = await others.next();
    const right = value ?? left;
    for (let index = 0; index < left.length; index++) {
      if (left[index] !== right[index]) return false;
    }
  }
  return true;
}

async function zerosOf(tensor: Tensor): Promise<number> {
  const values = await loadFloats(tensor);
  let zeros = 0;
  for (let index = 0; index < values.length; index++) if (values[index] === 0) zeros++;
  return values.length === 0 ? 0 : zeros / values.length;
}
