/** The messages of onnx.proto (IR version 13): the one table that reading and writing share. */
import {
  bytes,
  enumeration,
  float,
  floats,
  int64,
  int64s,
  integer,
  integers,
  label,
  list,
  message,
  one,
  runs,
  schema,
  some,
  text,
  type Schema,
} from './message.ts';
import { dtypes } from './types.ts';

const StringEntry = schema('entry', { 1: one('key', text), 2: one('value', text) });
const entry = message(() => StringEntry);

const OperatorSetId = schema('opsetImport', {
  1: one('domain', label),
  2: one('version', integer),
});

const Tensor: Schema = schema('tensor', {
  1: list('dims', integers),
  2: one('dtype', enumeration(dtypes)),
  3: one('segment', bytes),
  4: some('floatData', runs(5)),
  5: some('int32Data', runs(0)),
  6: some('stringData', bytes),
  7: some('int64Data', runs(0)),
  8: one('name', text),
  9: one('rawData', bytes),
  10: some('doubleData', runs(1)),
  11: some('uint64Data', runs(0)),
  12: one('docString', label),
  13: some('externalData', entry),
  14: one('dataLocation', integer),
  16: some('metadataProps', entry),
});
const tensor = message(() => Tensor);

const SparseTensor = schema('sparseTensor', {
  1: one('values', tensor),
  2: one('indices', tensor),
  3: list('dims', integers),
});
const sparseTensor = message(() => SparseTensor);

const Dimension = schema('dimension', {
  1: one('value', integer),
  2: one('param', label),
  3: one('denotation', label),
});
const Shape = schema('shape', {
  1: list(
    'dims',
    message(() => Dimension),
  ),
});
const TensorType = schema('tensorType', {
  1: one('elemType', integer),
  2: one(
    'shape',
    message(() => Shape),
  ),
});
const ElementType: Schema = schema('elementType', {
  1: one(
    'elemType',
    message(() => TypeInfo),
  ),
});
const MapType: Schema = schema('mapType', {
  1: one('keyType', integer),
  2: one(
    'valueType',
    message(() => TypeInfo),
  ),
});
const TypeInfo: Schema = schema('type', {
  1: one(
    'tensorType',
    message(() => TensorType),
  ),
  4: one(
    'sequenceType',
    message(() => ElementType),
  ),
  5: one(
    'mapType',
    message(() => MapType),
  ),
  6: one('denotation', label),
  8: one(
    'sparseTensorType',
    message(() => TensorType),
  ),
  9: one(
    'optionalType',
    message(() => ElementType),
  ),
});
const typeInfo = message(() => TypeInfo);

const ValueInfo = schema('valueInfo', {
  1: one('name', text),
  2: one('type', typeInfo),
  3: one('docString', label),
  4: some('metadataProps', entry),
});
const valueInfo = message(() => ValueInfo);

const Attribute: Schema = schema('attribute', {
  1: one('name', text),
  2: one('f', float),
  3: one('i', int64),
  4: one('s', bytes),
  5: one('t', tensor),
  6: one(
    'g',
    message(() => Graph),
  ),
  7: some('floats', floats),
  8: some('ints', int64s),
  9: some('strings', bytes),
  10: some('tensors', tensor),
  11: some(
    'graphs',
    message(() => Graph),
  ),
  13: one('docString', label),
  14: one('tp', typeInfo),
  15: some('typeProtos', typeInfo),
  20: one('type', integer),
  21: one('refAttrName', label),
  22: one('sparseTensor', sparseTensor),
  23: some('sparseTensors', sparseTensor),
});
const attribute = message(() => Attribute);

const Node = schema('node', {
  1: list('inputs', text),
  2: list('outputs', text),
  3: one('name', text),
  4: one('opType', text),
  5: list('attributes', attribute),
  6: one('docString', label),
  7: one('domain', text),
  8: one('overload', label),
  9: some('metadataProps', entry),
});
const node = message(() => Node);

const TensorAnnotation = schema('quantizationAnnotation', {
  1: one('tensorName', text),
  2: list('quantParameterTensorNames', entry),
});

const Graph: Schema = schema('graph', {
  1: list('nodes', node),
  2: one('name', text),
  5: list('initializers', tensor),
  10: one('docString', label),
  11: list('inputs', valueInfo),
  12: list('outputs', valueInfo),
  13: list('valueInfos', valueInfo),
  14: list(
    'quantizationAnnotations',
    message(() => TensorAnnotation),
  ),
  15: list('sparseInitializers', sparseTensor),
  16: some('metadataProps', entry),
});

const ModelFunction = schema('function', {
  1: one('name', text),
  4: list('inputs', text),
  5: list('outputs', text),
  6: list('attributeNames', text),
  7: list('nodes', node),
  8: one('docString', label),
  9: list(
    'opsetImports',
    message(() => OperatorSetId),
  ),
  10: one('domain', text),
  11: list('attributes', attribute),
  12: list('valueInfos', valueInfo),
  13: one('overload', label),
  14: some('metadataProps', entry),
});

const TrainingInfo = schema('trainingInfo', {
  1: one(
    'initialization',
    message(() => Graph),
  ),
  2: one(
    'algorithm',
    message(() => Graph),
  ),
  3: list('initializationBindings', entry),
  4: list('updateBindings', entry),
});

/** ModelProto. */
export const ModelSchema = schema('model', {
  1: one('irVersion', integer),
  2: one('producerName', label),
  3: one('producerVersion', label),
  4: one('domain', label),
  5: one('modelVersion', int64),
  6: one('docString', label),
  7: one(
    'graph',
    message(() => Graph),
  ),
  8: list(
    'opsetImports',
    message(() => OperatorSetId),
  ),
  14: list('metadataProps', entry),
  20: list(
    'trainingInfos',
    message(() => TrainingInfo),
  ),
  25: list(
    'functions',
    message(() => ModelFunction),
  ),
});

/** TensorProto alone, as the .pb files of test data sets hold it. */
export const TensorSchema = Tensor;
