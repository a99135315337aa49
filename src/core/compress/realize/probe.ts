/**
 * Tries every form on a runtime: small models against the plain reference. A kernel that is missing
 * or wrong takes its form out of use, with the reason, and no model is run through it.
 */
import { ModelError } from '../../errors.ts';
import type { Model } from '../../onnx/types.ts';
import { writeOnnx } from '../../onnx/write.ts';
import type { Feeds, Runtime, Value } from '../../runtime.ts';
import { codedWeights } from './coded-weight.ts';
import { dequantize } from './dequantize.ts';
import type { Form } from './form.ts';
import { formIds, forms, type FormId, type Speed, type Support, type Verdict } from './forms.ts';
import { formsWanted } from './plan.ts';
import type { Probe } from './probe-model.ts';
import { realizeWith } from './realize.ts';
import { timeForm, type Clock } from './speed.ts';

/**
 * What a runtime can do, one form after the other; forms that the device should avoid anyway are not
 * tried unless asked for. Nothing here throws: what a session says when it fails is the reason. A
 * fixed number of small sessions; what may hang is for the caller to end. With a clock, forms that are
 * chosen by their speed are timed, too.
 */
export async function probeForms(
  runtime: Runtime,
  ids: readonly FormId[] = formIds.filter((id) => !forms[id].avoid[runtime.device]),
  clock?: Clock,
): Promise<Support> {
  const verdicts: [FormId, Verdict][] = [];
  for (const id of ids) verdicts.push([id, await probeForm(runtime, id, clock)]);
  return Object.fromEntries(verdicts);
}

/**
 * What is known, and what a model needs to know besides: forms that it has no use for are not tried,
 * since each costs a graphics device some shaders.
 */
export async function probeFormsFor(
  model: Model,
  runtime: Runtime,
  known: Support = {},
  clock?: Clock,
): Promise<Support> {
  const wanted = formsWanted(model, runtime.device).filter((id) => !known[id]);
  return { ...known, ...(await probeForms(runtime, wanted, clock)) };
}

async function probeForm(runtime: Runtime, id: FormId, clock: Clock | undefined): Promise<Verdict> {
  const { tolerance, probes }: Form = forms[id];
  let error = 0;
  let speed: Speed | undefined;
  try {
    for (const probe of probes(runtime.device)) {
      error = Math.max(error, await tryOut(runtime, id, probe));
    }
    if (clock && error <= tolerance) speed = await speedOf(runtime, id, clock);
  } catch (failure) {
    return { available: false, reason: whatFailed(failure) };
  }
  if (error <= tolerance) return { available: true, error, ...(speed ? { speed } : {}) };
  const off = Number.isFinite(error) ? `off by ${error.toPrecision(2)}` : 'not numbers';
  return { available: false, reason: `its results on this device are ${off}` };
}

/** Only where the choice hangs on it: on processors, which have more than one form for it. */
async function speedOf(runtime: Runtime, id: FormId, clock: Clock): Promise<Speed | undefined> {
  const { speed }: Form = forms[id];
  if (!speed || runtime.device === 'webgpu') return undefined;
  const { model, plain, ...rows } = speed();
  const others = (form: FormId) =>
    form === id || form === 'fold-dequantize' ? undefined : 'not tried';
  const timed = await realizeWith(model, runtime.device, others);
  return timeForm(runtime, timed, plain, rows, clock);
}

/** What went wrong, without what a visitor could do about a model of theirs: this one is ours. */
function whatFailed(failure: unknown): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return message.replace(/\. Choose (another device|WASM)\b.*$/s, '.');
}

/** The largest error, relative to the largest result of its output; NaN counts as infinite. */
async function tryOut(runtime: Runtime, id: FormId, probe: Probe): Promise<number> {
  const others = (form: FormId): string | undefined => (form === id ? undefined : 'not tried');
  const realized = await realizeWith(probe.model, runtime.device, others);
  const { model, session: options } = realized;
  const rounds = id === 'rounded-activations';
  const stray = rounds ? undefined : realized.forms.find(({ form }) => form !== id);
  if (stray)
    throw new ModelError(
      `The probe of ${id} has a weight that it can't hold: ${stray.reason ?? ''}.`,
    );
  const session = await runtime.createSession(writeOnnx(model), options);
  try {
    let error = 0;
    for (const feeds of probe.feeds) {
      const results = await session.run(feeds);
      for (const [name, wanted] of probe.expected?.(feeds) ?? (await reference(probe, feeds))) {
        error = Math.max(error, relativeError(results[name], wanted));
      }
    }
    return error;
  } finally {
    await session.release();
  }
}

/** What each output must be, computed the plain way. */
async function reference({ model }: Probe, feeds: Feeds): Promise<[string, Float64Array][]> {
  const results: [string, Float64Array][] = [];
  for (const weight of codedWeights(model)) {
    const consumer = model.graph.nodes.find(({ inputs }) => inputs.includes(weight.value));
    const other = consumer?.inputs.find((name) => name !== weight.value);
    const fed = other === undefined ? undefined : feeds[other];
    if (!consumer || !fed) continue;
    const numbers = Array.from(fed.data as Iterable<number | bigint>, Number);
    const values = await dequantize(weight);
    const [rows = 0, columns = 0] = weight.codes.dims;
    const result =
      consumer.opType === 'Gather'
        ? lookup(values, columns, numbers)
        : product(numbers, values, rows, columns);
    results.push([consumer.outputs[0] ?? '', result]);
  }
  return results;
}

const lookup = (table: Float32Array, columns: number, places: readonly number[]): Float64Array =>
  Float64Array.from(
    places.flatMap((place) => [...table.subarray(place * columns, (place + 1) * columns)]),
  );

/** x [any, shared] · w [shared, columns] */
function product(
  x: readonly number[],
  w: Float32Array,
  shared: number,
  columns: number,
): Float64Array {
  const result = new Float64Array((x.length / shared) * columns);
  x.forEach((factor, at) => {
    const row = Math.floor(at / shared) * columns;
    const from = (at % shared) * columns;
    for (let column = 0; column < columns; column++) {
      result[row + column]! += factor * w[from + column]!;
    }
  });
  return result;
}

function relativeError(found: Value | undefined, wanted: Float64Array): number {
  const { data } = found ?? {};
  if (!(data instanceof Float32Array) || data.length !== wanted.length) return Infinity;
  let largest = 0;
  let error = 0;
  for (let at = 0; at < wanted.length; at++) {
    const difference = Math.abs(data[at]! - wanted[at]!);
    if (Number.isNaN(difference)) return Infinity;
    error = Math.max(error, difference);
    largest = Math.max(largest, Math.abs(wanted[at]!));
  }
  return largest > 0 ? error / largest : error;
}
