/** The operators that compute with a weight: which inputs they take it at, and what they sum over. */
import { attributeOf, intOf, textOf } from './build.ts';
import { operatorOf, type FlowNode } from './flow.ts';
import type { Node } from './types.ts';
import type { Role } from './weights.ts';

/** What a weight does in its node. */
export type Work = 'matrix' | 'convolution' | 'lookup' | 'recurrence';

export interface WeightInput {
  readonly input: number;
  readonly work: Work;
  /** The axes that the node sums over, of an input of this rank; undefined where it does not use it as a weight. */
  summed(rank: number, node: FlowNode): readonly number[] | undefined;
  /** The input where the data comes in that meets the weight. */
  readonly data: number;
  /** The weight is codes; these are the inputs of their scale and zero point, if the node has them. */
  readonly codes?: { readonly scale?: number; readonly zeroPoint?: number };
  /** Where the operator itself says what the weight is for. */
  readonly role?: Role;
}

type Sketch = Omit<WeightInput, 'work' | 'data'> & { readonly data?: number };
type Codes = NonNullable<WeightInput['codes']>;

const row = (rank: number): readonly number[] => [rank - 2];
const last = (rank: number): readonly number[] => [rank - 1];
const first = (): readonly number[] => [0];
const allButFirst = (rank: number): readonly number[] => from(1, rank);
const from = (start: number, rank: number): number[] =>
  Array.from({ length: Math.max(0, rank - start) }, (_, index) => start + index);

const works =
  (work: Work) =>
  (...sketches: readonly Sketch[]): readonly WeightInput[] =>
    sketches.map((sketch) => ({ data: 0, ...sketch, work }));
const matrix = works('matrix');
const convolution = works('convolution');
const lookup = works('lookup');
const recurrence = works('recurrence');

/** B of a product A × B, as codes. */
const codedMatrix = (input: number, codes: Codes): readonly WeightInput[] =>
  matrix({ input, summed: row, codes });

/** Rows of K codes: [N, blocks of K, bytes of a block]. */
const packedRows = (codes: Codes): readonly WeightInput[] =>
  matrix({ input: 1, summed: allButFirst, codes });

/** Experts: [expert, out, in]. */
const experts = (inputs: readonly number[], coded: boolean): readonly WeightInput[] =>
  matrix(
    ...inputs.map((input, index): Sketch => {
      const codes = coded ? { codes: { scale: input + 1 } } : {};
      return { input, summed: last, role: index === 1 ? 'mlp-down' : 'mlp-up', ...codes };
    }),
  );

const gemm = (): readonly WeightInput[] =>
  matrix(
    { input: 0, data: 1, summed: (_, { node }) => [intOf(node, 'transA', 0) === 1 ? 0 : 1] },
    { input: 1, summed: (_, { node }) => [intOf(node, 'transB', 0) === 1 ? 1 : 0] },
  );

const fusedMatMul = (): readonly WeightInput[] =>
  matrix(
    {
      input: 0,
      data: 1,
      summed: (rank, { node }) => (intOf(node, 'transA', 0) === 1 ? row(rank) : last(rank)),
    },
    {
      input: 1,
      summed: (rank, { node }) => (intOf(node, 'transB', 0) === 1 ? last(rank) : row(rank)),
    },
  );

const kernel = convolution({ input: 1, summed: allButFirst });
const packedQkv = (codes?: Codes): readonly WeightInput[] =>
  matrix({ input: 1, summed: first, role: 'attention-qkv', ...(codes ? { codes } : {}) });

/** Gather picks along one axis; what it picks is one unit, as it is for a tied output projection. */
const rows = (node: FlowNode, rank: number, attribute: string): number[] => {
  const axis = intOf(node.node, attribute, 0);
  return from(0, rank).filter((one) => one !== (axis < 0 ? axis + rank : axis));
};

const ms = 'com.microsoft.';

const table: Readonly<Record<string, readonly WeightInput[]>> = {
  MatMul: matrix({ input: 0, data: 1, summed: last }, { input: 1, summed: row }),
  Gemm: gemm(),
  [`${ms}FusedGemm`]: gemm(),
  [`${ms}GemmFastGelu`]: matrix({ input: 1, summed: row }),
  [`${ms}GemmFloat8`]: gemm(),
  [`${ms}FusedMatMul`]: fusedMatMul(),
  [`${ms}FusedMatMulActivation`]: fusedMatMul(),
  [`${ms}TransposeMatMul`]: fusedMatMul(),
  [`${ms}SparseToDenseMatMul`]: matrix(
    { input: 0, data: 1, summed: last },
    { input: 1, summed: row },
  ),
  MatMulInteger: codedMatrix(1, { zeroPoint: 3 }),
  [`${ms}MatMulInteger16`]: codedMatrix(1, {}),
  QLinearMatMul: codedMatrix(3, { scale: 4, zeroPoint: 5 }),
  [`${ms}DynamicQuantizeMatMul`]: codedMatrix(1, { scale: 2, zeroPoint: 3 }),
  [`${ms}MatMulIntegerToFloat`]: codedMatrix(1, { scale: 3, zeroPoint: 5 }),
  [`${ms}QGemm`]: matrix({
    input: 3,
    codes: { scale: 4, zeroPoint: 5 },
    summed: (_, { node }) => [intOf(node, 'transB', 0) === 1 ? 1 : 0],
  }),
  [`${ms}MatMulNBits`]: packedRows({ scale: 2, zeroPoint: 3 }),
  [`${ms}MatMulBnb4`]: packedRows({ scale: 2 }),
  [`${ms}MatMulFpQ4`]: packedRows({}),
  [`${ms}MoE`]: experts([2, 4, 6], false),
  [`${ms}QMoE`]: experts([2, 5, 8], true),
  [`${ms}Attention`]: packedQkv(),
  [`${ms}PackedAttention`]: packedQkv(),
  [`${ms}DecoderMaskedSelfAttention`]: packedQkv(),
  [`${ms}LongformerAttention`]: packedQkv(),
  [`${ms}QAttention`]: packedQkv({ scale: 4, zeroPoint: 7 }),

  Conv: kernel,
  DeformConv: kernel,
  [`${ms}FusedConv`]: kernel,
  [`${ms}NhwcConv`]: kernel,
  [`${ms}NhwcFusedConv`]: kernel,
  [`${ms}CausalConvWithState`]: kernel,
  ConvTranspose: convolution({ input: 1, summed: first }),
  [`${ms}ConvTransposeWithDynamicPads`]: convolution({ input: 1, summed: first }),
  ConvInteger: convolution({ input: 1, summed: allButFirst, codes: { zeroPoint: 3 } }),
  QLinearConv: qLinearConv(),
  [`${ms}QLinearConv`]: qLinearConv(),

  Gather: lookup({ input: 0, data: 1, summed: (rank, node) => rows(node, rank, 'axis') }),
  [`${ms}GatherBlockQuantized`]: lookup({
    input: 0,
    data: 1,
    summed: (rank, node) => rows(node, rank, 'gather_axis'),
    codes: { scale: 2, zeroPoint: 3 },
  }),
  [`${ms}TorchEmbedding`]: lookup({ input: 0, data: 1, summed: allButFirst }),
  [`${ms}EmbedLayerNormalization`]: lookup(
    { input: 2, data: 0, summed: allButFirst },
    { input: 4, data: 1, summed: allButFirst },
  ),

  LSTM: recurrence({ input: 1, summed: last }, { input: 2, summed: last }),
  GRU: recurrence({ input: 1, summed: last }, { input: 2, summed: last }),
  RNN: recurrence({ input: 1, summed: last }, { input: 2, summed: last }),
  [`${ms}DynamicQuantizeLSTM`]: recurrence(
    { input: 1, summed: row, codes: { scale: 8, zeroPoint: 9 } },
    { input: 2, summed: row, codes: { scale: 10, zeroPoint: 11 } },
  ),
};

function qLinearConv(): readonly WeightInput[] {
  return convolution({ input: 3, summed: allButFirst, codes: { scale: 4, zeroPoint: 5 } });
}

/** What a node does with a weight at this input; undefined where it takes none there. */
export function weightInput(node: FlowNode, input: number): WeightInput | undefined {
  const operator = operatorOf(node.node);
  if (node.phi) return undefined;
  if (operator !== 'Einsum') return table[operator]?.find((one) => one.input === input);
  const summed = (rank: number) => einsumAxes(equationOf(node.node), input, rank);
  return { input, work: 'matrix', data: input === 0 ? 1 : 0, summed };
}

/** The equation of an Einsum; '' where it is longer than letters and inputs can make it. */
function equationOf(node: Node): string {
  const { s } = attributeOf(node, 'equation') ?? {};
  const readable = s instanceof Uint8Array && s.length <= longestEquation;
  return readable && node.inputs.length <= mostOperands ? (textOf(node, 'equation') ?? '') : '';
}

/** Far beyond what layers do; hostile graphs have more. */
const longestEquation = 1000;
const mostOperands = 32;

/**
 * The axes of an Einsum's operand whose letters the result lacks. Undefined for equations that take a
 * diagonal or do not fit the rank.
 */
export function einsumAxes(equation: string, input: number, rank: number): number[] | undefined {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const operands = left.split(',');
  const letters = spelledOut(operands[input] ?? '', rank);
  if (letters?.length !== rank || new Set(letters).size !== rank) return undefined;
  const kept = right ?? lonelyLetters(operands.join(''));
  return letters.flatMap((letter, axis) =>
    letter.length === 1 && !kept.includes(letter) ? [axis] : [],
  );
}

/** An operand's letters; the axes of an ellipsis, which the result always keeps, are '...0', '...1', … */
function spelledOut(operand: string, rank: number): string[] | undefined {
  const [before = '', after] = operand.split('...');
  if (after === undefined) return Array.from(before);
  const hidden = rank - before.length - after.length;
  if (hidden < 0) return undefined;
  const ellipsis = from(0, hidden).map((index) => `...${index}`);
  return [...Array.from(before), ...ellipsis, ...Array.from(after)];
}

/** Without an arrow the result has the letters that occur once. */
function lonelyLetters(letters: string): string {
  const all = Array.from(letters);
  return all.filter((one) => all.indexOf(one) === all.lastIndexOf(one)).join('');
}
