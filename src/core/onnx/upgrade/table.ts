/**
 * Every change of an ai.onnx operator, up to opset 25, after which a node that stays as it is would be
 * refused or mean something else. The source is the operator changelog of the ONNX specification.
 *
 * Changes that need no rule, because a node of before means the same after:
 * - more element types: most versions of most operators, all of 22 and most of 13, 14 and 21 to 25;
 * - negative axes and indices (11), which count from the end;
 * - an attribute or input whose default is what was meant before: AveragePool ceil_mode (10) and
 *   dilations (19), MaxPool storage_order (8), dilations and ceil_mode (10), DepthToSpace mode (11),
 *   TopK largest and sorted (11), Gemm without C (11), ArgMax/ArgMin select_last_index (12), GatherND
 *   batch_dims (12), QuantizeLinear and DequantizeLinear axis (13), saturate (19), block_size (21),
 *   output_dtype (21, 23) and precision (23), Reshape allowzero (14), GRU/LSTM/RNN layout (14), Shape
 *   start and end (15), ScatterElements/ScatterND reduction (16), Pad axes (18), Resize antialias, axes
 *   and keep_aspect_ratio_policy (18), LpPool ceil_mode and dilations (18), Cast/CastLike saturate (19)
 *   and round_mode (24), Attention nonpad_kv_seqlen (24) and window sizes (25);
 * - Max, Mean, Min and Sum broadcast (8); If branches may differ in shape (11); Loop, If, Scan and
 *   Identity carry sequences and optionals (13 to 16); OptionalHasElement without input (18);
 * - what was wrong or open is settled: OneHot and negative indices (11), ConvTranspose's odd padding
 *   (11), Clip with min > max (13), pooling windows that begin behind the data (22), Cast of infinities
 *   to float8 (24). onnxruntime does in all versions what the newest text says.
 */
import {
  axisToInput,
  boundsToInputs,
  countToInput,
  padsToInputs,
  ratioToInput,
  toInputs,
} from './attributes-to-inputs.ts';
import {
  alignLast,
  dropoutAtRest,
  padsByNewName,
  scalesOfImage,
  shapeToInput,
  shortDefaults,
  sizesToAttribute,
  slopePerChannel,
  trainingByOutputs,
  typeByNumber,
  wholeExponent,
} from './legacy.ts';
import { channelsOfGroups, positionsAsChannels, trainingByAttribute } from './normalization.ts';
import { countParts, explicit, forget, modesWithoutPrefix, renamedTo } from './renames.ts';
import { coordinatesAsWere, oneOfScalesAndSizes, upsampleToResize } from './resize.ts';
import type { Rule } from './rule.ts';
import { scanOverBatch } from './scan.ts';
import { alongOneAxis } from './softmax.ts';

const inPlace: Rule = {
  at: 6,
  why: 'consumed_inputs, a hint to compute in place, went',
  convert: forget('consumed_inputs'),
};
const aligned: Rule = {
  at: 7,
  why: 'broadcast and axis went: operands are aligned at their last axes',
  reads: ['broadcast', 'axis'],
  convert: alignLast,
};
const axesInput = (at: number): Rule => ({
  at,
  why: 'axes became an input',
  convert: toInputs({ axes: 1 }),
});
const oneAxis: Rule = {
  at: 13,
  why: 'axis no longer splits the shape into rows and columns; the default went from 1 to -1',
  convert: alongOneAxis,
};
const wholeNorm: Rule = {
  at: 2,
  why: 'p became a whole number',
  reads: ['p'],
  convert: wholeExponent,
};
const allOutputs: Rule = {
  at: 7,
  why: 'output_sequence went: the output itself is optional',
  convert: forget('output_sequence'),
};

/** The rules of each operator, oldest first; no two at the same opset. */
export const rules: Readonly<Record<string, readonly Rule[]>> = {
  ...each('Abs Ceil Elu Exp Floor HardSigmoid InstanceNormalization LeakyRelu Log Max', [inPlace]),
  ...each('Mean Min Neg Reciprocal Relu Sigmoid Sqrt Sum Tanh', [inPlace]),
  ...each('Add Div Mul Sub', [inPlace, aligned]),
  ...each('And Equal Greater Less Or Pow Xor', [aligned]),
  ...each('GRU LSTM RNN', [allOutputs]),
  ...each('GlobalLpPool LpPool', [wholeNorm]),
  ...each('Hardmax LogSoftmax Softmax', [oneAxis]),
  ...each('ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax', [axesInput(18)]),
  ...each('ReduceMean ReduceMin ReduceProd ReduceSumSquare', [axesInput(18)]),
  ...each('ReduceSum Squeeze Unsqueeze', [axesInput(13)]),
  BatchNormalization: [
    inPlace,
    {
      at: 7,
      why: 'is_test went: training is told by the number of outputs',
      reads: ['is_test'],
      convert: trainingByOutputs,
    },
    {
      at: 9,
      why: 'spatial went: statistics are per channel',
      reads: ['spatial'],
      convert: positionsAsChannels,
    },
    {
      at: 14,
      why: 'training became an attribute; the saved statistics went',
      convert: trainingByAttribute,
    },
  ],
  Cast: [{ at: 6, why: 'to became a number', reads: ['to'], convert: typeByNumber }],
  Clip: [
    inPlace,
    {
      at: 11,
      why: 'min and max became inputs of the type of the data',
      reads: ['min', 'max'],
      convert: boundsToInputs,
    },
  ],
  Concat: [{ at: 4, why: 'axis lost its default', convert: explicit('axis', 1) }],
  DFT: [
    { at: 20, why: 'axis became an input; its default went from 1 to -2', convert: axisToInput },
  ],
  Dropout: [
    inPlace,
    {
      at: 7,
      why: 'is_test went: it does nothing in inference',
      reads: ['is_test'],
      convert: dropoutAtRest,
    },
    { at: 12, why: 'ratio became an input; the mask means something', convert: ratioToInput },
  ],
  Gemm: [{ at: 7, why: 'broadcast went: C is always broadcast', convert: forget('broadcast') }],
  GridSample: [
    {
      at: 20,
      why: 'bilinear and bicubic became linear and cubic',
      reads: ['mode'],
      convert: modesWithoutPrefix,
    },
  ],
  GroupNormalization: [
    {
      at: 21,
      why: 'scale and bias per channel, not per group; stash_type says what it computes in',
      reads: ['num_groups'],
      convert: channelsOfGroups,
    },
  ],
  PRelu: [
    inPlace,
    { at: 7, why: 'slopes are broadcast, not assigned to channels', convert: slopePerChannel },
  ],
  Pad: [
    { at: 2, why: 'paddings became pads', convert: padsByNewName },
    {
      at: 11,
      why: 'pads and value became inputs',
      reads: ['mode', 'value'],
      convert: padsToInputs,
    },
  ],
  Reshape: [{ at: 5, why: 'shape became an input', convert: shapeToInput }],
  Resize: [
    {
      at: 11,
      why: 'coordinates and rounding became attributes, with other defaults; roi came before scales',
      reads: ['mode'],
      convert: coordinatesAsWere,
    },
    {
      at: 13,
      why: 'sizes exclude scales; tf_half_pixel_for_nn went',
      reads: ['mode', 'coordinate_transformation_mode', 'nearest_mode'],
      convert: oneOfScalesAndSizes,
    },
  ],
  RoiAlign: [
    {
      at: 16,
      why: 'coordinates shift by half a pixel unless told otherwise',
      convert: explicit('coordinate_transformation_mode', 'output_half_pixel'),
    },
  ],
  Scan: [{ at: 9, why: 'the batch axis and sequence_lens went', convert: scanOverBatch }],
  Scatter: [
    { at: 11, why: 'deprecated for ScatterElements', convert: renamedTo('ScatterElements') },
  ],
  Selu: [{ at: 6, why: 'alpha and gamma had other defaults', convert: shortDefaults }],
  Slice: [
    {
      at: 10,
      why: 'starts, ends and axes became inputs',
      convert: toInputs({ starts: 1, ends: 2, axes: 3 }),
    },
  ],
  Split: [
    { at: 2, why: 'sizes became an attribute', reads: ['axis'], convert: sizesToAttribute },
    { at: 13, why: 'sizes became an input', convert: toInputs({ split: 1 }) },
    { at: 18, why: 'without sizes the parts must be counted', convert: countParts },
  ],
  TopK: [{ at: 10, why: 'k became an input', reads: ['k'], convert: countToInput }],
  Upsample: [
    {
      at: 7,
      why: 'height_scale and width_scale became scales',
      reads: ['mode', 'height_scale', 'width_scale'],
      convert: scalesOfImage,
    },
    { at: 9, why: 'scales became an input', convert: toInputs({ scales: 1 }) },
    { at: 10, why: 'deprecated for Resize', reads: ['mode'], convert: upsampleToResize },
  ],
};

/** The rules of an operator; none for one that never changed, or that ai.onnx does not have. */
export const rulesOf = (opType: string): readonly Rule[] =>
  Object.hasOwn(rules, opType) ? (rules[opType] ?? []) : [];

function each(opTypes: string, same: readonly Rule[]): Record<string, readonly Rule[]> {
  return Object.fromEntries(opTypes.split(' ').map((opType) => [opType, same]));
}
