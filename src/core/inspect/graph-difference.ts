/**
 * What two models differ in: operators, interface, notes, and every stored tensor with the share of its
 * bytes that is the same. Computed from the files, whatever made the one of the other.
 */
import { sizeOf } from '../onnx/bytes.ts';
import { inspectValue, type InspectedValue } from '../onnx/inspect.ts';
import { operatorOf } from '../onnx/flow.ts';
import { sizeInFile } from '../onnx/size-in-file.ts';
import type { OnnxFiles } from '../onnx/read.ts';
import type { Dtype, Model, Tensor, ValueInfo } from '../onnx/types.ts';
import { nodesOf } from '../onnx/walk.ts';
import { heirsOf } from './graph-heirs.ts';
import { equalBytes } from './same-bytes.ts';
import { storedTensors } from './stored-tensors.ts';

export interface OperatorDifference {
  readonly operator: string;
  readonly before: number;
  readonly after: number;
}

/** One side of a fact that differs; undefined where the model does not have it. */
export interface FactDifference {
  readonly kind: 'opset' | 'input' | 'output' | 'metadata' | 'header';
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

export interface StoredForm {
  readonly dtype: Dtype;
  readonly dims: readonly number[];
}

/** A stored tensor of the left model with what took its place, or one that only the right model has. */
export interface TensorDifference {
  readonly name: string;
  readonly state: 'same' | 'values' | 'form' | 'removed' | 'added';
  readonly before: readonly StoredForm[];
  readonly after: readonly StoredForm[];
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** Bytes that are the same in the same place; absent where the sizes differ. */
  readonly equal?: number;
  /** Names of the tensors that took its place, where they are others. */
  readonly heirs?: readonly string[];
}

/** Where the bytes of a model's files lie. */
export interface FileBytes {
  readonly total: number;
  readonly tensors: number;
  /** Everything else: nodes, names, notes. */
  readonly structure: number;
}

export interface ModelDifference {
  readonly operators: readonly OperatorDifference[];
  readonly facts: readonly FactDifference[];
  /** Those that differ, in the order of the model; at most `mostTensors`. */
  readonly tensors: readonly TensorDifference[];
  /** Of those that differ and are not listed. */
  readonly unlisted: number;
  readonly unchanged: { readonly count: number; readonly bytes: number };
  readonly files: { readonly before: FileBytes; readonly after: FileBytes };
  /** Tensor bytes of equal name and size that are the same in the same place. */
  readonly equalBytes: number;
}

export const mostTensors = 20_000;
const longestName = 300;
const longestText = 200;

export interface DifferenceOptions {
  readonly signal?: AbortSignal;
  /** Bytes compared, of how many. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Compares two models; reads the weights of both piece by piece. Errors: ModelError, the signal's reason. */
export async function differenceOf(
  before: { readonly model: Model; readonly files: OnnxFiles },
  after: { readonly model: Model; readonly files: OnnxFiles },
  options: DifferenceOptions = {},
): Promise<ModelDifference> {
  const old = storedTensors(before.model);
  const later = storedTensors(after.model);
  const tensors = await compareTensors(old, later, options);
  const changed = tensors.filter(({ state }) => state !== 'same');
  const same = tensors.filter(({ state }) => state === 'same');
  return {
    operators: operatorsOf(before.model, after.model),
    facts: factsOf(before.model, after.model),
    tensors: changed.slice(0, mostTensors),
    unlisted: Math.max(0, changed.length - mostTensors),
    unchanged: {
      count: same.length,
      bytes: same.reduce((sum, { beforeBytes }) => sum + beforeBytes, 0),
    },
    files: {
      before: fileBytes(before.files, [...old.values()]),
      after: fileBytes(after.files, [...later.values()]),
    },
    equalBytes: tensors.reduce((sum, { equal = 0 }) => sum + equal, 0),
  };
}

async function compareTensors(
  old: ReadonlyMap<string, Tensor>,
  later: ReadonlyMap<string, Tensor>,
  { signal, onProgress }: DifferenceOptions,
): Promise<readonly TensorDifference[]> {
  const heirs = heirsOf([...old.keys()], [...later.keys()]);
  const all = [...old.values()].reduce((sum, tensor) => sum + sizeInFile(tensor), 0);
  const found: TensorDifference[] = [];
  let done = 0;
  for (const [name, tensor] of old) {
    signal?.throwIfAborted();
    const same = later.get(name);
    const others = (heirs.get(name) ?? []).map((heir) => [heir, later.get(heir)!] as const);
    const next: (readonly [string, Tensor])[] = same ? [[name, same], ...others] : others;
    found.push(await compare(name, tensor, next, signal));
    done += sizeInFile(tensor);
    onProgress?.(done, all);
  }
  const inherited = new Set([...heirs.values()].flat());
  for (const [name, tensor] of later) {
    if (old.has(name) || inherited.has(name)) continue;
    found.push({
      name: name.slice(0, longestName),
      state: 'added',
      before: [],
      after: [formOf(tensor)],
      beforeBytes: 0,
      afterBytes: sizeInFile(tensor),
    });
  }
  return found;
}

async function compare(
  name: string,
  tensor: Tensor,
  next: readonly (readonly [string, Tensor])[],
  signal: AbortSignal | undefined,
): Promise<TensorDifference> {
  const [first] = next;
  const alone = next.length === 1 && first![0] === name ? first![1] : undefined;
  const equal = alone && (await equalBytes(tensor, alone, signal ? { signal } : {}));
  const form = (one: Tensor): string => JSON.stringify(formOf(one));
  const alike = alone && form(tensor) === form(alone);
  const whole = equal === sizeInFile(tensor) || (alike && tensor.dtype === 'string');
  const state = !first ? 'removed' : !alike ? 'form' : whole ? 'same' : 'values';
  const names = next.map(([heir]) => heir).filter((heir) => heir !== name);
  return {
    name: name.slice(0, longestName),
    state,
    before: [formOf(tensor)],
    after: next.map(([, one]) => formOf(one)),
    beforeBytes: sizeInFile(tensor),
    afterBytes: next.reduce((sum, [, one]) => sum + sizeInFile(one), 0),
    ...(equal === undefined ? {} : { equal }),
    ...(names.length > 0 ? { heirs: names.map((one) => one.slice(0, longestName)) } : {}),
  };
}

const formOf = ({ dtype, dims }: Tensor): StoredForm => ({ dtype, dims });

function fileBytes({ onnx, external }: OnnxFiles, tensors: readonly Tensor[]): FileBytes {
  const files = [onnx, ...(external?.values() ?? [])];
  const total = files.reduce((sum, file) => sum + sizeOf(file), 0);
  const stored = tensors.reduce((sum, tensor) => sum + sizeInFile(tensor), 0);
  return { total, tensors: stored, structure: Math.max(0, total - stored) };
}

/** Operators of either model whose counts differ first, each kind by name. */
function operatorsOf(before: Model, after: Model): OperatorDifference[] {
  const counts = new Map<string, [number, number]>();
  [before, after].forEach((model, side) => {
    for (const node of nodesOf(model)) {
      const operator = operatorOf(node).slice(0, longestName);
      const pair = counts.get(operator) ?? [0, 0];
      pair[side]!++;
      counts.set(operator, pair);
    }
  });
  const rows = Array.from(counts, ([operator, [a, b]]) => ({ operator, before: a, after: b }));
  const order = ({ before: a, after: b }: OperatorDifference): number => (a === b ? 1 : 0);
  return rows.sort((a, b) => order(a) - order(b) || (a.operator < b.operator ? -1 : 1));
}

function factsOf(before: Model, after: Model): FactDifference[] {
  const left = factList(before);
  const right = factList(after);
  const found: FactDifference[] = [];
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const [a, b] = [left.get(key), right.get(key)];
    if (a?.text === b?.text) continue;
    const { kind, name } = (a ?? b)!;
    found.push({
      kind,
      name,
      ...(a ? { before: a.text } : {}),
      ...(b ? { after: b.text } : {}),
    });
  }
  return found;
}

interface Fact extends Pick<FactDifference, 'kind' | 'name'> {
  readonly text: string;
}

/** What a model says of itself, beside its nodes and tensors. */
function factList(model: Model): ReadonlyMap<string, Fact> {
  const facts = new Map<string, Fact>();
  const add = (kind: Fact['kind'], name: string, text: string): void => {
    const fact = { kind, name: name.slice(0, longestName), text: text.slice(0, longestText) };
    facts.set(`${kind} ${name}`, fact);
  };
  const stored = new Set(model.graph.initializers.map(({ name }) => name));
  const { irVersion, producerName = '', producerVersion = '' } = model;
  add('header', 'IR version', String(irVersion ?? 'none'));
  add('header', 'Written by', `${producerName} ${producerVersion}`.trim() || 'not told');
  for (const { domain, version } of model.opsetImports)
    add('opset', domain === undefined || domain === '' ? 'ai.onnx' : domain, String(version ?? 0));
  for (const info of model.graph.inputs)
    if (!stored.has(info.name)) add('input', info.name, typeText(info));
  for (const info of model.graph.outputs) add('output', info.name, typeText(info));
  for (const { key, value } of model.metadataProps) add('metadata', key, value);
  return facts;
}

function typeText(info: ValueInfo): string {
  const { dtype, dims }: InspectedValue = inspectValue(info);
  return dims === null
    ? `${dtype} of any shape`
    : `${dtype} [${dims.map((dim) => dim ?? '?').join(', ')}]`;
}
