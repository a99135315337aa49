/** Describes a model as plain data: what `inspect --json` prints and the page shows. */
import { problemsOf } from './check.ts';
import { operatorOf } from './flow.ts';
import { countParameters, parametersIn } from './parameters.ts';
import type { Problem } from './problems.ts';
import { quantizedForm, type QuantizedForm } from './quantized-form.ts';
import { sizeInFile } from './size-in-file.ts';
import { dtypes, type Dtype, type Model, type ValueInfo } from './types.ts';
import { nodesOf, tensorsOf } from './walk.ts';
import { findWeights, type Role, type Weight } from './weights.ts';

/** An input or output. A dim is a number, a name, or null where the file says nothing; no dims: any shape. */
export interface InspectedValue {
  readonly name: string;
  readonly dtype: Dtype | 'sequence' | 'map' | 'optional' | 'unknown';
  readonly dims: readonly (number | string | null)[] | null;
}

export interface InspectedWeight {
  /** The weight's key: unique in the model. */
  readonly name: string;
  readonly role: Role;
  readonly dims: readonly number[];
  readonly dtype: Dtype;
  readonly bytes: number;
  /** Values that it stands for; more than its elements where several codes share a byte. */
  readonly parameters: number;
  /** Axes of `dims` that its main consumer sums over, and those that it keeps. */
  readonly inAxes: readonly number[];
  readonly outAxes: readonly number[];
  /** The operators that use it, in the order of the graph. */
  readonly consumers: readonly string[];
  readonly quantized: boolean;
  /** How, where it is quantized. */
  readonly form?: QuantizedForm;
}

export interface Inspection {
  /** null where the file does not say. */
  readonly irVersion: number | null;
  /** Name and version of the program that wrote the file, as far as it says. */
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  /** All numbers that were learned, however they are stored. */
  readonly parameters: number;
  /** Those of them that lie in `weights`. */
  readonly weightParameters: number;
  /** Bytes of all stored tensors, and of those in `weights`. */
  readonly tensorBytes: number;
  readonly weightBytes: number;
  readonly weights: readonly InspectedWeight[];
  /** How many nodes each operator has, those of subgraphs and functions included, by name. */
  readonly ops: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
}

/** Describes a model without reading its weights. The size and hash of its file are for the caller to add. */
export function inspect(model: Model): Inspection {
  const found = findWeights(model);
  const weights = found.map((weight) => inspectWeight(model, weight));
  const stored = new Set(model.graph.initializers.map(({ name }) => name));
  return {
    irVersion: model.irVersion ?? null,
    producer: [model.producerName, model.producerVersion].filter(Boolean).join(' '),
    opsets: model.opsetImports.map(({ domain, version = 0 }) => ({
      domain: domain === undefined || domain === '' ? 'ai.onnx' : domain,
      version,
    })),
    inputs: model.graph.inputs.filter(({ name }) => !stored.has(name)).map(inspectValue),
    outputs: model.graph.outputs.map(inspectValue),
    parameters: countParameters(model),
    weightParameters: weights.reduce((sum, { parameters }) => sum + parameters, 0),
    tensorBytes: [...tensorsOf(model)].reduce((sum, tensor) => sum + sizeInFile(tensor), 0),
    weightBytes: weights.reduce((sum, { bytes }) => sum + bytes, 0),
    weights,
    ops: countOperators(model),
    problems: problemsOf(model),
  };
}

function inspectWeight(model: Model, weight: Weight): InspectedWeight {
  const form = quantizedForm(model, weight);
  const { key, role, dims, dtype, bytes, inAxes, outAxes, consumers, quantized } = weight;
  return {
    name: key,
    role,
    dims,
    dtype,
    bytes,
    parameters: parametersIn(weight),
    inAxes,
    outAxes,
    consumers: consumers.map(({ node }) => operatorOf(node)),
    quantized: quantized !== undefined,
    ...(form ? { form } : {}),
  };
}

/** A value of a graph with its type, as far as the file tells. */
export function inspectValue({ name, type }: ValueInfo): InspectedValue {
  const tensor = type?.tensorType ?? type?.sparseTensorType;
  const dims = tensor?.shape?.dims.map(({ value, param }) =>
    value !== undefined && value >= 0 ? value : param || null,
  );
  const dtype = tensor
    ? dtypes[tensor.elemType ?? 0]
    : type?.sequenceType
      ? 'sequence'
      : type?.mapType
        ? 'map'
        : type?.optionalType
          ? 'optional'
          : undefined;
  return { name, dtype: dtype ?? 'unknown', dims: dims ?? null };
}

function countOperators(model: Model): Record<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodesOf(model)) {
    const operator = operatorOf(node);
    counts.set(operator, (counts.get(operator) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
