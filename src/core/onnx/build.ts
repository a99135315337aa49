/** Makes graphs in code: for tests, probes, techniques that insert nodes, and the embedded models. */
import {
  attributeTypes,
  dtypes,
  type Attribute,
  type Dimension,
  type Dtype,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from './types.ts';

/** The value of an attribute: a whole number is an int, `float(x)` a float, text a string. */
export type AttributeValue =
  | number
  | bigint
  | string
  | readonly number[]
  | readonly string[]
  | Tensor
  | Graph
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Marks a number as a float attribute, whole or not. */
export const float = (value: number): AttributeValue => ({ float: value });

const utf8 = new TextEncoder();

/** One attribute. Errors: TypeError for a fraction that is not marked as float. */
export function attribute(name: string, value: AttributeValue): Attribute {
  if (typeof value === 'number' || typeof value === 'bigint') {
    return { name, type: attributeTypes.int, i: BigInt(value) };
  }
  if (typeof value === 'string')
    return { name, type: attributeTypes.string, s: utf8.encode(value) };
  if (Array.isArray(value)) return listAttribute(name, value as readonly (number | string)[]);
  if ('float' in value) return { name, type: attributeTypes.float, f: value.float };
  if ('floats' in value) {
    return { name, type: attributeTypes.floats, floats: Float32Array.from(value.floats) };
  }
  if ('nodes' in value) return { name, type: attributeTypes.graph, g: value };
  return { name, type: attributeTypes.tensor, t: value as Tensor };
}

function listAttribute(name: string, values: readonly (number | string)[]): Attribute {
  if (values.some((value) => typeof value === 'string')) {
    return {
      name,
      type: attributeTypes.strings,
      strings: values.map((value) => utf8.encode(String(value))),
    };
  }
  return {
    name,
    type: attributeTypes.ints,
    ints: BigInt64Array.from(values.map((value) => BigInt(value))),
  };
}

interface NodeExtras {
  readonly name?: string;
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

/** `node('MatMul', ['A', 'B'], ['C'])` */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  { name = '', domain = '', attributes = {} }: NodeExtras = {},
): Node {
  return {
    opType,
    inputs,
    outputs,
    name,
    domain,
    attributes: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  };
}

/** A graph input or output: numbers are fixed dims, text symbolic ones; no dims leaves the shape open. */
export function value(name: string, dtype: Dtype, dims?: readonly (number | string)[]): ValueInfo {
  const shape = dims && {
    dims: dims.map((dim): Dimension => (typeof dim === 'number' ? { value: dim } : { param: dim })),
  };
  return {
    name,
    type: { tensorType: { elemType: dtypes.indexOf(dtype), ...(shape ? { shape } : {}) } },
  };
}

interface GraphSketch {
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly initializers?: readonly Tensor[];
  readonly name?: string;
}

export function graph({
  nodes,
  inputs,
  outputs,
  initializers = [],
  name = 'main',
}: GraphSketch): Graph {
  return {
    nodes,
    inputs,
    outputs,
    initializers,
    name,
    valueInfos: [],
    quantizationAnnotations: [],
    sparseInitializers: [],
  };
}

/** A model around a graph. `microsoft` imports onnxruntime's own operators. */
export function model(main: Graph, { opset = 21, microsoft = false } = {}): Model {
  const imports = [{ domain: '', version: opset }];
  return {
    irVersion: irVersionFor(opset),
    producerName: 'scrunch',
    graph: main,
    opsetImports: microsoft ? [...imports, { domain: 'com.microsoft', version: 1 }] : imports,
    metadataProps: [],
    trainingInfos: [],
    functions: [],
  };
}

/** The oldest IR version in which an opset may be used (table of the ONNX specification). */
export function irVersionFor(opset: number): number {
  const table = [
    [25, 13],
    [24, 12],
    [23, 11],
    [21, 10],
    [19, 9],
    [15, 8],
    [12, 7],
    [11, 6],
    [10, 5],
    [9, 4],
  ] as const;
  return table.find(([from]) => opset >= from)?.[1] ?? 3;
}

/** The attribute of a node by name. */
export const attributeOf = (node: Node, name: string): Attribute | undefined =>
  node.attributes.find((one) => one.name === name);

/** An integer attribute, or what it means when absent. */
export const intOf = (node: Node, name: string, absent: number): number =>
  Number(attributeOf(node, name)?.i ?? absent);

/** A float attribute, or what it means when absent. */
export const floatOf = (node: Node, name: string, absent: number): number =>
  attributeOf(node, name)?.f ?? absent;

/** A list of integers, where the node has it. */
export function intsOf(node: Node, name: string): number[] | undefined {
  const ints = attributeOf(node, name)?.ints;
  return ints && Array.from(ints, Number);
}

/** A short text attribute. */
export function textOf(node: Node, name: string): string | undefined {
  const s = attributeOf(node, name)?.s;
  return s instanceof Uint8Array ? new TextDecoder().decode(s) : undefined;
}
