/** Which operators narrowing can follow, and how. All others keep every axis around them as it is. */
import { operatorOf } from '../../onnx/flow.ts';
import { capturedBy } from '../../onnx/graph.ts';
import { inputsOf } from '../../onnx/signature.ts';
import type { Model, Node } from '../../onnx/types.ts';
import type { Integers } from './integers.ts';
import type { Axis, Slots } from './slots.ts';
import { describeNode, type Tie } from './tie.ts';
import { byChannel, elementwise, pooled, quantizing, reduced } from './tie-elementwise.ts';
import { convolution, einsum, gemm, matrixProduct, transposedConvolution } from './tie-layers.ts';
import { divided, gathered, joined, sliced } from './tie-parts.ts';
import { expanded, regrouped, reshaped, stretched, transposed } from './tie-shapes.ts';

/** No axis but those of stored size passes: sizes are read, nothing else. */
const shape: Tie = ({ node, outputs, slots }) => {
  for (const axis of outputs.flatMap((axes) => axes ?? [])) {
    slots.freeze(axis, `${describeNode(node)} counts axes`);
  }
  return undefined;
};

const families: readonly (readonly [tie: Tie, operators: string])[] = [
  [
    elementwise,
    'Add Sub Mul Div Pow Mod Max Min Mean Sum Where And Or Xor Not Equal Less LessOrEqual Greater ' +
      'GreaterOrEqual PRelu Relu LeakyRelu Elu Celu Selu ThresholdedRelu Sigmoid HardSigmoid HardSwish ' +
      'Mish Swish Gelu Softplus Softsign Tanh Erf Exp Log Sqrt Reciprocal Abs Neg Sign Sin Cos Floor Ceil ' +
      'Round Clip Identity Cast CastLike Dropout Softmax LogSoftmax LayerNormalization RMSNormalization ' +
      'SimplifiedLayerNormalization LpNormalization LRN IsNaN com.microsoft.Gelu com.microsoft.FastGelu ' +
      'com.microsoft.QuickGelu com.microsoft.BiasGelu com.microsoft.SkipLayerNormalization ' +
      'com.microsoft.SkipSimplifiedLayerNormalization',
  ],
  [byChannel, 'BatchNormalization InstanceNormalization'],
  [pooled, 'MaxPool AveragePool LpPool GlobalAveragePool GlobalMaxPool GlobalLpPool'],
  [
    reduced,
    'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ' +
      'ReduceSumSquare',
  ],
  [quantizing, 'QuantizeLinear DequantizeLinear'],
  [convolution, 'Conv'],
  [transposedConvolution, 'ConvTranspose'],
  [matrixProduct, 'MatMul com.microsoft.FusedMatMul'],
  [gemm, 'Gemm'],
  [einsum, 'Einsum'],
  [transposed, 'Transpose'],
  [regrouped, 'Flatten Squeeze Unsqueeze'],
  [reshaped, 'Reshape'],
  [expanded, 'Expand'],
  [stretched, 'Tile Pad Resize Upsample'],
  [joined, 'Concat'],
  [divided, 'Split'],
  [sliced, 'Slice'],
  [gathered, 'Gather'],
  [shape, 'Shape Size'],
  [() => undefined, 'Constant'],
];

const ties: ReadonlyMap<string, Tie> = new Map(
  families.flatMap(([tie, operators]) => operators.split(' ').map((one) => [one, tie] as const)),
);

/** Ties all slots of the main graph. Its inputs and outputs, and what subgraphs use, are frozen. */
export function tieGraph({ graph, ...model }: Model, slots: Slots, integers: Integers): void {
  const freeze = (name: string, why: string) => {
    for (const axis of slots.of(name) ?? []) slots.freeze(axis, why);
  };
  for (const { name } of inputsOf({ graph, ...model })) freeze(name, `"${name}" is an input`);
  for (const { name } of graph.outputs) freeze(name, `"${name}" is an output`);
  for (const node of graph.nodes) {
    const why = tieNode(node, slots, integers);
    if (why === undefined) continue;
    const around = [...node.inputs, ...node.outputs, ...capturedBy(node)];
    for (const name of around) freeze(name, `${describeNode(node)} can't be followed: ${why}`);
  }
}

/** Why a node can't be followed; undefined where it was. */
function tieNode(node: Node, slots: Slots, integers: Integers): string | undefined {
  const tie = ties.get(operatorOf(node));
  if (!tie) return `no rule for ${operatorOf(node)}`;
  const axesOf = (name: string): readonly Axis[] | undefined => slots.of(name);
  const unknown = [...node.inputs, ...node.outputs].find((name) => name !== '' && !axesOf(name));
  if (unknown !== undefined) return `the dims of "${unknown}" are not known`;
  return tie({
    node,
    slots,
    integers,
    inputs: node.inputs.map(axesOf),
    outputs: node.outputs.map(axesOf),
  });
}
