/** What a weight is multiplied with, and how its rows lie there: one rule for each operator. */
import { formatBytes } from '../errors.ts';
import { intOf, intsOf, textOf } from '../onnx/build.ts';
import { operatorOf } from '../onnx/flow.ts';
import type { Node } from '../onnx/types.ts';
import type { Consumer, Weight } from '../onnx/weights.ts';

/** How a convolution cuts patches out of its input. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
  readonly autoPad?: string;
}

/** The input of one product. */
export interface ProductInput {
  readonly value: string;
  readonly view: 'rows' | 'patches';
  readonly turned: boolean;
  readonly window?: Window;
  readonly channels: number;
  readonly groups: number;
}

type Sizes = readonly (number | undefined)[];

/** The layer's input and its view; or why there is none. `sizes` are those of the weight at the node. */
type Rule = (node: Node, sizes: Sizes) => ProductInput | string;

const unknownSize = 'its size is not known where it is used';

function rows(node: Node, channels: number | undefined, turned = false): ProductInput | string {
  if (channels === undefined) return unknownSize;
  return { value: node.inputs[0] ?? '', view: 'rows', turned, channels, groups: 1 };
}

const matrix: Rule = (node, sizes) =>
  sizes.length === 2 ? rows(node, sizes[0]) : 'it is a batch of matrices';

const gemm: Rule = (node, sizes) =>
  rows(node, sizes[intOf(node, 'transB', 0)], intOf(node, 'transA', 0) === 1);

function fusedMatrix(node: Node, sizes: Sizes): ProductInput | string {
  const turned = ['transA', 'transBatchA', 'transBatchB'].some(
    (name) => intOf(node, name, 0) === 1,
  );
  if (turned) return 'it is multiplied with a turned batch';
  if (sizes.length !== 2) return 'it is a batch of matrices';
  return rows(node, sizes[intOf(node, 'transB', 0)]);
}

/** [out channels, in channels of a group, kernel …] */
function convolution(node: Node, sizes: Sizes): ProductInput | string {
  const [, inside, ...kernel] = sizes;
  if (inside === undefined || kernel.length === 0 || !kernel.every((size) => size !== undefined)) {
    return unknownSize;
  }
  const autoPad = textOf(node, 'auto_pad');
  const lists = ['strides', 'pads', 'dilations'].flatMap((name) => {
    const list = intsOf(node, name);
    return list ? [[name, list] as const] : [];
  });
  return {
    value: node.inputs[0] ?? '',
    view: 'patches',
    turned: false,
    window: { kernel, ...Object.fromEntries(lists), ...(autoPad ? { autoPad } : {}) },
    channels: kernel.reduce((product, size) => product * size, inside),
    groups: intOf(node, 'group', 1),
  };
}

/** [in channels, out channels of a group, kernel …]: each position of the input is a row. */
function transposed(node: Node, sizes: Sizes): ProductInput | string {
  if (intOf(node, 'group', 1) !== 1) return 'it is a transposed convolution in groups';
  const [channels, , ...kernel] = sizes;
  if (channels === undefined || kernel.length === 0) return unknownSize;
  const window = { kernel: kernel.map(() => 1) };
  return {
    value: node.inputs[0] ?? '',
    view: 'patches',
    turned: false,
    window,
    channels,
    groups: 1,
  };
}

const packed: Rule = (node) => rows(node, intOf(node, 'K', 0) || undefined);

const ms = 'com.microsoft.';

const rules: Readonly<Record<string, Rule>> = {
  MatMul: matrix,
  Gemm: gemm,
  [`${ms}FusedGemm`]: gemm,
  [`${ms}FusedMatMul`]: fusedMatrix,
  [`${ms}MatMulNBits`]: packed,
  [`${ms}MatMulBnb4`]: packed,
  [`${ms}Attention`]: matrix,
  Conv: convolution,
  [`${ms}FusedConv`]: convolution,
  ConvTranspose: transposed,
};

/** Operators with a reason of their own. */
const reasons: Readonly<Record<string, string>> = {
  Gather: 'it is only looked up',
  [`${ms}GatherBlockQuantized`]: 'it is only looked up',
  [`${ms}EmbedLayerNormalization`]: 'it is only looked up',
  LSTM: 'it is part of a recurrent layer',
  GRU: 'it is part of a recurrent layer',
  RNN: 'it is part of a recurrent layer',
};

/** The Grams of both shares take at most so many bytes: with more channels there are never rows enough. */
const mostBytes = 2 ** 29;

/** The input that a consumer multiplies a weight with. A text says why there is none. */
export function productInput(weight: Weight, consumer: Consumer): ProductInput | string {
  const { node, input, sizes, via, inAxes } = consumer;
  const operator = operatorOf(node);
  const rule = Object.hasOwn(rules, operator) ? rules[operator] : undefined;
  if (!rule) return reasons[operator] ?? `${node.opType} multiplies with it`;
  if (input !== 1) return 'it stands on the left of its product';
  const found = rule(node, sizes);
  if (typeof found === 'string') return found;
  const bytes = found.groups * found.channels ** 2 * 16;
  if (bytes > mostBytes) {
    return `its input has ${found.channels.toLocaleString('en-US')} channels, and statistics of them would take ${formatBytes(bytes)}`;
  }
  if (rule === packed) return found;
  const summed = inAxes.map((axis) => weight.dims[axis] ?? 1);
  if (summed.reduce((product, size) => product * size, 1) !== found.channels) {
    return 'it is cut or joined before it is used';
  }
  const several = summed.filter((size) => size > 1).length > 1;
  if (several && via.some(({ opType }) => opType === 'Transpose')) {
    return 'its axes are turned on the way';
  }
  return found;
}
