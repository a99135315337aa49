/**
 * The operators that onnxruntime (1.30, web and Node) knows. Each is followed by the number of inputs
 * that it takes in any version of its operator set: `2`, `1-3`, or `1+` where there is no upper limit.
 * Taken from onnxruntime-web by giving it models of one node each.
 */

const onnx = `
  Abs:1 Acos:1 Acosh:1 Add:2 Affine:1 AffineGrid:2 And:2 ArgMax:1 ArgMin:1 Asin:1 Asinh:1 Atan:1
  Atanh:1 Attention:3-7 AveragePool:1 BatchNormalization:5 Bernoulli:1 BitCast:1 BitShift:2
  BitwiseAnd:2 BitwiseNot:1 BitwiseOr:2 BitwiseXor:2 BlackmanWindow:1 Cast:1 CastLike:2 Ceil:1
  Celu:1 CenterCropPad:2 Clip:1-3 Col2Im:3 Compress:2 Concat:1+ ConcatFromSequence:1 Constant:0
  ConstantOfShape:1 Conv:2-3 ConvInteger:2-4 ConvTranspose:2-3 Cos:1 Cosh:1 Crop:1 CumProd:2
  CumSum:2 DeformConv:3-5 DepthToSpace:1 DequantizeLinear:2-3 Det:1 DFT:1-3 Div:2 Dropout:1-3
  DynamicQuantizeLinear:1 DynamicSlice:3-4 Einsum:1+ Elu:1 Equal:2 Erf:1 Exp:1 Expand:2
  EyeLike:1 Flatten:1 Floor:1 Gather:2 GatherElements:2 GatherND:2 Gelu:1 Gemm:2-3
  GivenTensorFill:0-1 GlobalAveragePool:1 GlobalLpPool:1 GlobalMaxPool:1 Greater:2
  GreaterOrEqual:2 GridSample:2 GroupNormalization:3 GRU:3-6 GRUUnit:4 HammingWindow:1
  HannWindow:1 Hardmax:1 HardSigmoid:1 HardSwish:1 Identity:1 If:1 ImageDecoder:1 ImageScaler:1
  InstanceNormalization:3 IsInf:1 IsNaN:1 LayerNormalization:2-3 LeakyRelu:1 Less:2
  LessOrEqual:2 Log:1 LogSoftmax:1 Loop:2+ LpNormalization:1 LpPool:1 LRN:1 LSTM:3-8 MatMul:2
  MatMulInteger:2-4 Max:1+ MaxPool:1 MaxRoiPool:2 MaxUnpool:2-3 Mean:1+
  MeanVarianceNormalization:1 MelWeightMatrix:5 Min:1+ Mish:1 Mod:2 Mul:2 Multinomial:1 Neg:1
  NegativeLogLikelihoodLoss:2-3 NonMaxSuppression:2-5 NonZero:1 Not:1 OneHot:3 Optional:0-1
  OptionalGetElement:1 OptionalHasElement:0-1 Or:2 Pad:1-4 ParametricSoftplus:1 Pow:2 PRelu:2
  QLinearConv:8-9 QLinearMatMul:8 QuantizeLinear:2-3 RandomNormal:0 RandomNormalLike:1
  RandomUniform:0 RandomUniformLike:1 Range:3 Reciprocal:1 ReduceL1:1-2 ReduceL2:1-2
  ReduceLogSum:1-2 ReduceLogSumExp:1-2 ReduceMax:1-2 ReduceMean:1-2 ReduceMin:1-2 ReduceProd:1-2
  ReduceSum:1-2 ReduceSumSquare:1-2 RegexFullMatch:1 Relu:1 Reshape:1-2 Resize:1-4
  ReverseSequence:2 RMSNormalization:2 RNN:3-6 RoiAlign:3 RotaryEmbedding:3-4 Round:1 Scale:1
  ScaledTanh:1 Scan:1+ Scatter:3 ScatterElements:3 ScatterND:3 Selu:1 SequenceAt:2
  SequenceConstruct:1+ SequenceEmpty:0 SequenceErase:1-2 SequenceInsert:2-3 SequenceLength:1
  SequenceMap:1+ Shape:1 Shrink:1 Sigmoid:1 Sign:1 SimplifiedLayerNormalization:2 Sin:1 Sinh:1
  Size:1 Slice:1-5 Softmax:1 SoftmaxCrossEntropyLoss:2-3 Softplus:1 Softsign:1 SpaceToDepth:1
  Split:1-2 SplitToSequence:1-2 Sqrt:1 Squeeze:1-2 STFT:2-4 StringConcat:2 StringNormalizer:1
  StringSplit:1 Sub:2 Sum:1+ Swish:1 Tan:1 Tanh:1 TensorScatter:2-3 TfIdfVectorizer:1
  ThresholdedRelu:1 Tile:2-3 TopK:1-2 Transpose:1 Trilu:1-2 Unique:1 Unsqueeze:1-2 Upsample:1-2
  Where:3 Xor:2
`;

const machineLearning = `
  ArrayFeatureExtractor:2 Binarizer:1 CastMap:1 CategoryMapper:1 DictVectorizer:1
  FeatureVectorizer:1+ Imputer:1 LabelEncoder:1 LinearClassifier:1 LinearRegressor:1
  Normalizer:1 OneHotEncoder:1 Scaler:1 SVMClassifier:1 SVMRegressor:1 TreeEnsemble:1
  TreeEnsembleClassifier:1 TreeEnsembleRegressor:1 ZipMap:1
`;

const microsoft = `
  Attention:2-7 AttnLSTM:3-14 BeamSearch:5-12 BiasAdd:3 BiasDropout:2-5 BiasGelu:2 BiasSoftmax:2
  BiasSplitGelu:2 BifurcationDetector:3-4 BitmaskBiasDropout:2-5 BitmaskDropout:1-3
  CausalConvWithState:2-4 CDist:2 ComplexMul:2 ComplexMulConj:2 ConvTransposeWithDynamicPads:2-4
  CropAndResize:4 DecoderAttention:12 DecoderMaskedMultiHeadAttention:1-11
  DecoderMaskedSelfAttention:7-9 DequantizeBFP:3 DequantizeLinear:2-3 DequantizeWithOrder:2
  DynamicQuantizeLSTM:12 DynamicQuantizeMatMul:3-5 DynamicTimeWarping:1
  EmbedLayerNormalization:7-9 EngramGate:5 EPContext:0+ ExpandDims:2 FastGelu:1-2 FusedConv:2-4
  FusedGemm:2-3 FusedMatMul:2 FusedMatMulActivation:2 GatedAdd:3 GatedDeltaNet:3-11
  GatedRelativePositionBias:6-7 GatedRMSNorm:3 GatherBlockQuantized:3-4 GatherND:2 Gelu:1
  GemmaRotaryEmbedding:5 GemmFastGelu:2-3 GemmFloat8:2-6 GreedySearch:2-7 GridSample:2
  GroupNorm:3 GroupQueryAttention:7-16 Inverse:1 Irfft:1 IsAllFinite:1+ LinearAttention:3-6
  LinearAttentionGate:3-4 LongformerAttention:7 MatMulBlockQuantizedFp4Weight:4-6
  MatMulBlockQuantizedFp8Weight:3-5 MatMulBnb4:3 MatMulFpQ4:3 MatMulInteger16:2
  MatMulIntegerToFloat:4-7 MatMulNBits:3-6 MatMulNBitsMlp:8-9 MatMulNBitsQkv:11-12
  MaxpoolWithMask:2 MoE:5-8 MRotaryEmbedding:4 MulInteger:3-4 MultiHeadAttention:1-10
  MurmurHash3:1 NGramHashMapping:3-4 NGramRepeatBlock:2 NhwcConv:2-3 NhwcFusedConv:2-4
  NhwcMaxPool:1 PackedAttention:5-6 PackedMultiHeadAttention:6-7 Pad:2-3 PagedAttention:8-17
  QAttention:5-9 QEmbedLayerNormalization:18 QGemm:6-9 QLinearAdd:7-8 QLinearAveragePool:4-5
  QLinearConcat:3+ QLinearConv:8-9 QLinearGlobalAveragePool:5 QLinearLeakyRelu:4-5
  QLinearMul:7-8 QLinearReduceMean:4-5 QLinearSigmoid:4-5 QLinearSoftmax:5 QLinearWhere:9
  QMoE:6-21 QOrderedAttention:17-20 QOrderedGelu:3 QOrderedLayerNormalization:5
  QOrderedLongformerAttention:14 QOrderedMatMul:5-8 QuantizeBFP:1 QuantizeLinear:2-3
  QuantizeWithOrder:2 QuickGelu:1 Range:2-3 ReduceSumInteger:1 RelativePositionBias:3
  RemovePadding:2 RestorePadding:2 Rfft:1 RotaryEmbedding:4 SampleOp:1 Sampling:2-9
  SkipGroupNorm:4-5 SkipLayerNormalization:3-5 SkipSimplifiedLayerNormalization:3-4
  SparseAttention:9-11 SparseToDenseMatMul:2 Tokenizer:1 TorchEmbedding:2-4 TransposeMatMul:2
  Trilu:1-2 UnfoldTensor:1 Unique:1 VarlenCausalConvWithState:5-6 WhisperBeamSearch:5-15
  WordConvEmbedding:4
`;

/** How many inputs an operator takes. */
export interface InputRange {
  readonly fewest: number;
  readonly most: number;
}

const domains: ReadonlyMap<string, ReadonlyMap<string, InputRange>> = new Map([
  ['', operators(onnx)],
  ['ai.onnx.ml', operators(machineLearning)],
  ['com.microsoft', operators(microsoft)],
]);

/** The newest versions that onnxruntime 1.30 accepts, and the oldest opset for which it has all operators. */
export const supported = {
  irVersion: 13,
  oldestOpset: 7,
  opsets: { '': 26, 'ai.onnx.ml': 5, 'com.microsoft': 1 } as Readonly<Record<string, number>>,
} as const;

/** `ai.onnx` and '' name the same domain; this gives ''. */
export const plainDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);

/** Whether onnxruntime has operators of this domain at all. */
export const isKnownDomain = (domain: string): boolean => domains.has(plainDomain(domain));

/** How many inputs an operator takes; undefined where onnxruntime does not know it. */
export function inputRange(domain: string, opType: string): InputRange | undefined {
  return domains.get(plainDomain(domain))?.get(opType);
}

function operators(text: string): ReadonlyMap<string, InputRange> {
  const entries = text.trim().split(/\s+/);
  return new Map(
    entries.map((entry) => {
      const [name = '', range = ''] = entry.split(':');
      const [fewest = '', most = fewest] = range.split('-');
      const open = range.endsWith('+');
      return [name, { fewest: parseInt(fewest, 10), most: open ? Infinity : parseInt(most, 10) }];
    }),
  );
}
