/**
 * The nouns of an ONNX file. They follow onnx.proto field by field (see schema.ts), with the plural
 * where a field repeats and `dtype` for data types. Everything is immutable: an edit makes new
 * objects on the path to the root, so that whatever keeps its identity is written back verbatim.
 */

/** Bytes in the heap, or a handle to bytes that are read when they are needed. */
export type Bytes = Uint8Array | Blob;

/** ONNX element types, by the names that this project uses everywhere. Index = TensorProto.DataType. */
export const dtypes = [
  'undefined',
  'float32',
  'uint8',
  'int8',
  'uint16',
  'int16',
  'int32',
  'int64',
  'string',
  'bool',
  'float16',
  'float64',
  'uint32',
  'uint64',
  'complex64',
  'complex128',
  'bfloat16',
  'float8e4m3fn',
  'float8e4m3fnuz',
  'float8e5m2',
  'float8e5m2fnuz',
  'uint4',
  'int4',
  'float4e2m1',
  'float8e8m0',
  'uint2',
  'int2',
] as const;
export type Dtype = (typeof dtypes)[number];

/** Fields of a message that this project does not know, kept as they came (tag included). */
export type Unknown = readonly Bytes[];

/**
 * A repeated number as it lies in the file, not yet decoded. `packed` runs hold payloads back to
 * back; other runs hold `tag value` pairs.
 */
export interface NumberRun {
  readonly packed: boolean;
  readonly bytes: Bytes;
}

export interface StringEntry {
  readonly key: string;
  readonly value: string;
  readonly unknown?: Unknown;
}

export interface OperatorSetId {
  /** Absent and '' both mean ai.onnx. */
  readonly domain?: string;
  readonly version?: number;
  readonly unknown?: Unknown;
}

/** TensorProto. Its values are read through `tensor.ts`, never from these fields directly. */
export interface Tensor {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  readonly segment?: Bytes;
  readonly rawData?: Bytes;
  readonly floatData?: readonly NumberRun[];
  readonly int32Data?: readonly NumberRun[];
  readonly int64Data?: readonly NumberRun[];
  readonly doubleData?: readonly NumberRun[];
  readonly uint64Data?: readonly NumberRun[];
  readonly stringData?: readonly Bytes[];
  readonly docString?: string;
  readonly externalData?: readonly StringEntry[];
  /** 1 = the values lie outside the file, where `externalData` says. */
  readonly dataLocation?: number;
  readonly metadataProps?: readonly StringEntry[];
  readonly unknown?: Unknown;
  /** Not a protobuf field: the external bytes, found and bounds-checked by `readOnnx`. */
  readonly externalBytes?: Blob;
}

export interface SparseTensor {
  readonly values?: Tensor;
  readonly indices?: Tensor;
  readonly dims: readonly number[];
  readonly unknown?: Unknown;
}

export interface Dimension {
  readonly value?: number;
  readonly param?: string;
  readonly denotation?: string;
  readonly unknown?: Unknown;
}

export interface Shape {
  readonly dims: readonly Dimension[];
  readonly unknown?: Unknown;
}

export interface TensorType {
  /** TensorProto.DataType as a number: a value's type may be one that no tensor here can hold. */
  readonly elemType?: number;
  readonly shape?: Shape;
  readonly unknown?: Unknown;
}

export interface TypeInfo {
  readonly tensorType?: TensorType;
  readonly sequenceType?: { readonly elemType?: TypeInfo; readonly unknown?: Unknown };
  readonly mapType?: {
    readonly keyType?: number;
    readonly valueType?: TypeInfo;
    readonly unknown?: Unknown;
  };
  readonly denotation?: string;
  readonly sparseTensorType?: TensorType;
  readonly optionalType?: { readonly elemType?: TypeInfo; readonly unknown?: Unknown };
  readonly unknown?: Unknown;
}

export interface ValueInfo {
  readonly name: string;
  readonly type?: TypeInfo;
  readonly docString?: string;
  readonly metadataProps?: readonly StringEntry[];
  readonly unknown?: Unknown;
}

/** AttributeProto.AttributeType. */
export const attributeTypes = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
  typeProto: 13,
  typeProtos: 14,
} as const;

export interface Attribute {
  readonly name: string;
  readonly refAttrName?: string;
  readonly docString?: string;
  /** A value of `attributeTypes`; absent in some very old files. */
  readonly type?: number;
  readonly f?: number;
  readonly i?: bigint;
  readonly s?: Bytes;
  readonly t?: Tensor;
  readonly g?: Graph;
  readonly sparseTensor?: SparseTensor;
  readonly tp?: TypeInfo;
  readonly floats?: Float32Array;
  readonly ints?: BigInt64Array;
  readonly strings?: readonly Bytes[];
  readonly tensors?: readonly Tensor[];
  readonly graphs?: readonly Graph[];
  readonly sparseTensors?: readonly SparseTensor[];
  readonly typeProtos?: readonly TypeInfo[];
  readonly unknown?: Unknown;
}

export interface Node {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attributes: readonly Attribute[];
  readonly docString?: string;
  /** '' is ai.onnx. */
  readonly domain: string;
  readonly overload?: string;
  readonly metadataProps?: readonly StringEntry[];
  readonly unknown?: Unknown;
}

export interface TensorAnnotation {
  readonly tensorName: string;
  readonly quantParameterTensorNames: readonly StringEntry[];
  readonly unknown?: Unknown;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly name: string;
  readonly initializers: readonly Tensor[];
  readonly docString?: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly valueInfos: readonly ValueInfo[];
  readonly quantizationAnnotations: readonly TensorAnnotation[];
  readonly sparseInitializers: readonly SparseTensor[];
  readonly metadataProps?: readonly StringEntry[];
  readonly unknown?: Unknown;
}

/** FunctionProto: an operator that the model itself defines. */
export interface ModelFunction {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributeNames: readonly string[];
  readonly nodes: readonly Node[];
  readonly docString?: string;
  readonly opsetImports: readonly OperatorSetId[];
  readonly domain: string;
  readonly attributes: readonly Attribute[];
  readonly overload?: string;
  readonly valueInfos: readonly ValueInfo[];
  readonly metadataProps?: readonly StringEntry[];
  readonly unknown?: Unknown;
}

export interface TrainingInfo {
  readonly initialization?: Graph;
  readonly algorithm?: Graph;
  readonly initializationBindings: readonly StringEntry[];
  readonly updateBindings: readonly StringEntry[];
  readonly unknown?: Unknown;
}

export interface Model {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly modelVersion?: bigint;
  readonly docString?: string;
  readonly graph: Graph;
  readonly opsetImports: readonly OperatorSetId[];
  readonly metadataProps: readonly StringEntry[];
  readonly trainingInfos: readonly TrainingInfo[];
  readonly functions: readonly ModelFunction[];
  readonly unknown?: Unknown;
}
