/** How a weight that is quantized already is stored and computed with, in the field's words. */
import { intOf } from './build.ts';
import { operatorOf } from './flow.ts';
import { bitsOf, elementCount } from './tensor.ts';
import type { Model, Node, Tensor } from './types.ts';
import { graphsOf } from './walk.ts';
import type { Weight } from './weights.ts';

/** Who turns the codes into numbers, and whether activations are rounded as well. */
export type QuantizedScheme =
  /** DequantizeLinear on the weight alone. */
  | 'weight-only'
  /** DequantizeLinear on the weight, and activations rounded to stored scales: static quantization. */
  | 'QDQ'
  /** Operators on codes with stored scales: the same, fused. */
  | 'QLinear'
  /** Activations rounded to scales that are found at run time. */
  | 'dynamic'
  | 'MatMulNBits'
  | 'MatMulBnb4'
  | 'GatherBlockQuantized'
  /** Another operator that takes codes. */
  | 'other';

export interface QuantizedForm {
  readonly scheme: QuantizedScheme;
  readonly bits: number;
  /** Whether codes are signed; absent where they are packed bytes. */
  readonly signed?: boolean;
  /** The dims of the values, where codes are packed or turned. */
  readonly dims: readonly number[];
  /** Neighbors that share a scale: the whole tensor, a channel, or blocks of so many; absent where that is not known. */
  readonly grain?: 'tensor' | 'channel' | number;
}

/** The form of a weight; undefined where it is not quantized. */
export function quantizedForm(model: Model, weight: Weight): QuantizedForm | undefined {
  const { quantized, dtype, dims } = weight;
  if (!quantized) return undefined;
  const node = quantized.dequantize;
  const { stored, rounds } = factsOf(model);
  const blockSize = intOf(node, 'block_size', defaultBlock[node.opType] ?? 0);
  const scale = stored.get(quantized.scale);
  const count = scale && elementCount(scale);
  const grain = blockSize > 0 ? blockSize : count === 1 ? 'tensor' : count ? 'channel' : undefined;
  const packed = packedDims(node, dims, dtype);
  return {
    scheme: schemeOf(node, rounds),
    bits: packed?.bits ?? bitsOf(dtype),
    ...(packed ? {} : { signed: dtype.startsWith('int') }),
    dims: packed?.dims ?? dims,
    ...(grain === undefined ? {} : { grain }),
  };
}

/** `int8 per channel, QDQ`, `4-bit blocks of 32, MatMulNBits`, `dynamic uint8`. */
export function formWords({ scheme, bits, signed, grain }: QuantizedForm): string {
  const codes = signed === undefined ? `${bits}-bit` : `${signed ? '' : 'u'}int${bits}`;
  if (scheme === 'dynamic') return `dynamic ${codes}`;
  const how = scheme === 'weight-only' || scheme === 'other' ? '' : `, ${scheme}`;
  if (typeof grain === 'number') return `${bits}-bit blocks of ${grain}${how}`;
  return `${codes} ${grain ? `per ${grain}` : 'codes'}${how}`;
}

const defaultBlock: Readonly<Record<string, number>> = { GatherBlockQuantized: 128 };

function schemeOf(node: Node, rounds: boolean): QuantizedScheme {
  const { opType } = node;
  if (opType === 'DequantizeLinear') return rounds ? 'QDQ' : 'weight-only';
  if (opType === 'MatMulNBits' || opType === 'MatMulBnb4' || opType === 'GatherBlockQuantized') {
    return opType;
  }
  if (/^(QLinear|QGemm)/.test(opType)) return 'QLinear';
  return /Integer|^Dynamic|^QAttention/.test(opType) ? 'dynamic' : 'other';
}

/** Bits and dims of codes that share bytes. */
function packedDims(
  node: Node,
  dims: readonly number[],
  dtype: string,
): { readonly bits: number; readonly dims: readonly number[] } | undefined {
  const operator = operatorOf(node);
  const bits = intOf(node, 'bits', 4);
  const [rows, columns] = [intOf(node, 'N', 0), intOf(node, 'K', 0)];
  if (rows > 0 && columns > 0) return { bits, dims: [columns, rows] };
  if (!operator.endsWith('GatherBlockQuantized') || dtype !== 'uint8') return undefined;
  return { bits, dims: [...dims.slice(0, -1), ((dims.at(-1) ?? 0) * 8) / bits] };
}

interface Facts {
  /** Stored tensors by name, also behind Identity and Cast nodes; the larger one behind a Mul of two. */
  readonly stored: ReadonlyMap<string, Tensor>;
  /** Whether any activation is rounded to a stored scale. */
  readonly rounds: boolean;
}

const known = new WeakMap<Model, Facts>();

function factsOf(model: Model): Facts {
  const remembered = known.get(model);
  if (remembered) return remembered;
  const stored = new Map<string, Tensor>();
  let rounds = false;
  for (const { initializers, nodes } of graphsOf(model)) {
    for (const tensor of initializers) stored.set(tensor.name, tensor);
    for (const { opType, inputs, outputs, attributes } of nodes) {
      const [output = ''] = outputs;
      const constant =
        opType === 'Constant'
          ? attributes.find(({ t }) => t)?.t
          : opType === 'Identity' || opType === 'Cast'
            ? stored.get(inputs[0] ?? '')
            : opType === 'Mul'
              ? larger(stored.get(inputs[0] ?? ''), stored.get(inputs[1] ?? ''))
              : undefined;
      if (constant) stored.set(output, constant);
      rounds ||= opType === 'QuantizeLinear' && !stored.has(inputs[0] ?? '');
    }
  }
  const facts = { stored, rounds };
  known.set(model, facts);
  return facts;
}

const larger = (one: Tensor | undefined, other: Tensor | undefined): Tensor | undefined =>
  one && other && (elementCount(one) >= elementCount(other) ? one : other);
