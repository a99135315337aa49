/** In which format weights are stored, in a few words: `float32`, `4-bit weights`, `float32, 50 % zeros`. */
import type { TraceEntry } from '../core/compress/compress.ts';
import type { Change } from '../core/compress/diff.ts';
import { formWords, type QuantizedForm } from '../core/onnx/quantized-form.ts';
import { bitsOf } from '../core/onnx/tensor.ts';
import type { Dtype } from '../core/onnx/types.ts';

/** The little of a weight that its format follows from. */
export interface FormatWeight {
  readonly name: string;
  readonly dtype: Dtype;
  readonly dims: readonly number[];
  /** Where the file holds it quantized. */
  readonly form?: QuantizedForm;
}

/** Formats that hold less than this share of the numbers go unmentioned. */
const worthSaying = 0.02;

/** The formats of a model's weights, the commonest first. */
export function formatOfWeights(weights: readonly FormatWeight[]): string {
  return joined(weights.map((weight) => [nameOfWeight(weight), sizeOf(weight)]));
}

/** The formats of the weights after a recipe. */
export function formatOfResult(
  weights: readonly FormatWeight[],
  trace: readonly TraceEntry[],
): string {
  const steps = trace.map(({ changes }) => new Map(changes.map((one) => [one.key, one])));
  const formats = weights.map((weight): [string, number] => {
    const change = latestOf(weight.name, steps);
    return [change ? nameOfChange(change) : nameOfWeight(weight), sizeOf(weight)];
  });
  return joined(formats);
}

/** How many weights the steps changed; one that goes by another name later is still one. */
export function changedWeights(trace: readonly TraceEntry[]): number {
  const origins = new Map<string, string>();
  const changed = new Set<string>();
  for (const { key, becomes } of trace.flatMap(({ changes }) => changes)) {
    const origin = origins.get(key) ?? key;
    changed.add(origin);
    if (becomes !== undefined) origins.set(becomes, origin);
  }
  return changed.size;
}

/** The last change of a weight, whose name each step may change. */
function latestOf(name: string, steps: readonly ReadonlyMap<string, Change>[]): Change | undefined {
  let key = name;
  let latest: Change | undefined;
  for (const changes of steps) {
    const change = changes.get(key) ?? changes.get(name);
    if (!change) continue;
    latest = change;
    key = change.becomes ?? key;
  }
  return latest;
}

const sizeOf = ({ form, dims }: FormatWeight): number => count(form?.dims ?? dims);

const nameOfWeight = ({ dtype, form }: FormatWeight): string =>
  form ? formWords(form) : nameOf(dtype);

/** Whether a model with these weights rounds its activations too. */
export const roundsActivations = (weights: readonly Pick<FormatWeight, 'form'>[]): boolean =>
  weights.some(({ form }) => form && ['QDQ', 'QLinear', 'dynamic'].includes(form.scheme));

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

function nameOf(dtype: Dtype): string {
  const bits = bitsOf(dtype);
  return /^u?int/.test(dtype) && bits <= 8 ? `${bits}-bit weights` : dtype;
}

function nameOfChange({ before, after, zeros: found = 0 }: Change): string {
  // Codes that were 0 are zeros of the rounding, not of a step that sets weights to zero.
  const zeros = before.dtype.includes('float') ? found : 0;
  const rank = after.factors ? ', low rank' : '';
  const share = Math.round(100 * zeros);
  return `${nameOf(after.dtype)}${rank}${share > 1 ? `, ${share} % zeros` : ''}`;
}

function joined(formats: readonly (readonly [string, number])[]): string {
  const totals = new Map<string, number>();
  for (const [name, size] of formats) totals.set(name, (totals.get(name) ?? 0) + size);
  const all = [...totals.values()].reduce((sum, size) => sum + size, 0);
  const said = [...totals]
    .sort((a, b) => b[1] - a[1])
    .filter(([, size]) => size > worthSaying * all);
  const [first, second] = said.map(([name]) => name);
  if (first === undefined) return 'no weights';
  if (second === undefined) return first;
  return `${first} and ${said.length > 2 ? 'others' : second}`;
}
