/** What there is to know of one node: its attributes, and what it takes and makes. */
import { inspectValue, type InspectedValue } from '../onnx/inspect.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import type { Attribute, Dtype, Model, Node, Tensor, ValueInfo } from '../onnx/types.ts';
import { withSubgraphs } from '../onnx/walk.ts';
import { findWeights } from '../onnx/weights.ts';
import { listNodes } from './graph-nodes.ts';

export interface NodeValue {
  readonly name: string;
  /** Absent where the file does not tell. */
  readonly type?: Pick<InspectedValue, 'dtype' | 'dims'>;
  /** Where it is stored: its form, and the key of the weight that it is. */
  readonly stored?: {
    readonly dtype: Dtype;
    readonly dims: readonly number[];
    readonly bytes: number;
    readonly weight?: string;
  };
}

export interface NodeDetails {
  readonly name: string;
  readonly op: string;
  readonly attributes: readonly { readonly name: string; readonly text: string }[];
  readonly inputs: readonly NodeValue[];
  readonly outputs: readonly NodeValue[];
  /** Values, inputs or outputs, that are not in these lists, because there are too many. */
  readonly left: number;
}

const mostValues = 60;
const longestName = 300;
const longestText = 120;
const mostNumbers = 16;

/** Details of a node by its position in the model's node list; undefined where there is none. */
export function detailsOf(model: Model, index: number): NodeDetails | undefined {
  const listed = listNodes(model).nodes[index];
  if (!listed) return undefined;
  const { node, info, constants, makes } = listed;
  const types = typesOf(model);
  if (info) types.set(info.name, info);
  const weights = new Map(findWeights(model).map(({ tensor, key }) => [tensor, key]));
  const stored = new Map(constants.map(({ name, tensor }) => [name, tensor]));
  const valueOf = (name: string): NodeValue => {
    const type = types.get(name);
    const tensor = stored.get(name);
    return {
      name: name.slice(0, longestName),
      ...(type ? { type: inspectValue(type) } : {}),
      ...(tensor ? { stored: storedForm(tensor, weights.get(tensor)) } : {}),
    };
  };
  const takes = node
    ? node.inputs.filter((name) => name !== '')
    : info && !makes.length
      ? [info.name]
      : [];
  return {
    name: listed.name.slice(0, longestName),
    op: listed.op.slice(0, longestName),
    attributes: attributesOf(node),
    inputs: takes.slice(0, mostValues).map(valueOf),
    outputs: makes.slice(0, mostValues).map(valueOf),
    left: Math.max(0, takes.length - mostValues) + Math.max(0, makes.length - mostValues),
  };
}

const storedForm = (tensor: Tensor, weight: string | undefined) => ({
  dtype: tensor.dtype,
  dims: tensor.dims,
  bytes: sizeInFile(tensor),
  ...(weight === undefined ? {} : { weight }),
});

/** The types of values as far as the file tells; a name in several scopes has the first's. */
function typesOf(model: Model): Map<string, ValueInfo> {
  const types = new Map<string, ValueInfo>();
  for (const { inputs, outputs, valueInfos } of withSubgraphs(model.graph)) {
    for (const info of [...inputs, ...outputs, ...valueInfos])
      if (!types.has(info.name)) types.set(info.name, info);
  }
  return types;
}

const attributesOf = (node: Node | undefined): NodeDetails['attributes'] =>
  (node?.attributes ?? [])
    .slice(0, mostValues)
    .map((one) => ({ name: one.name.slice(0, longestText), text: attributeText(one) }));

function attributeText(attribute: Attribute): string {
  const { refAttrName, f, i, s, t, g, floats, ints, strings, graphs } = attribute;
  if (refAttrName !== undefined && refAttrName !== '') return `the caller's ${refAttrName}`;
  if (t) return `${t.dtype} ${t.dims.length > 0 ? t.dims.join('×') : 'number'}`;
  if (g || graphs) return `${(g?.nodes ?? graphs?.[0]?.nodes ?? []).length} nodes`;
  if (s instanceof Uint8Array) return `"${textOf(s)}"`;
  if (s) return `${s.size} bytes`;
  const list =
    (floats && Array.from(floats, (one) => Number(one.toPrecision(7)))) ??
    ints ??
    strings?.map((one) => (one instanceof Uint8Array ? textOf(one) : '…'));
  if (list) {
    const shown = Array.from<unknown>(list.slice(0, mostNumbers) as ArrayLike<unknown>).join(', ');
    return `[${shown.slice(0, longestText)}${list.length > mostNumbers ? `, … ${list.length} in all` : ''}]`;
  }
  // A float32 has about seven digits.
  return i === undefined
    ? f === undefined
      ? 'none'
      : String(Number(f.toPrecision(7)))
    : String(i);
}

/** Bytes that are text most of the time; others show as escapes. */
const textOf = (bytes: Uint8Array): string =>
  Array.from(bytes.subarray(0, longestText), (code) =>
    code >= 32 && code < 127 ? String.fromCharCode(code) : '·',
  ).join('');
