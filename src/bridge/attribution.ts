/** Whether an error comes from compression or from the device's arithmetic. */
import { isAbort } from '../core/errors.ts';
import type { SidePair } from '../tasks/evaluation/divergences.ts';
import type { Attribution } from '../tasks/evaluation/report.ts';
import type { Contender, LabOptions } from './evaluation.ts';
import { runExample, type Desk, type NamedSides } from './lab-runs.ts';
import { LabSide } from './lab-sides.ts';
import { findDevices } from './side.ts';

export type { ApartReport, Attribution } from '../tasks/evaluation/report.ts';

/** What came of it; the sentence of `unable` says why there is nothing to tell apart. */
export type AttributionResult =
  | { readonly done: true; readonly attribution: Attribution }
  | { readonly done: false; readonly unable: string };

const usualExamples = 20;

/** Compression, backend and total, in the order in which the desk takes them. */
const pairs = [
  ['original on wasm', 'variant on wasm'],
  ['variant on wasm', 'variant on webgpu'],
  ['original on wasm', 'variant on webgpu'],
] as const satisfies readonly SidePair[];

/** Runs original and variant on WASM, and the variant on WebGPU, on the same examples. Errors: AbortError, WorkerCrash of the desk. */
export async function attribute(
  desk: Desk,
  original: Contender,
  variant: Contender,
  { signal, onProgress, examples = usualExamples }: LabOptions & { readonly examples?: number },
): Promise<AttributionResult> {
  const { webgpu } = await findDevices();
  if (!webgpu.available) return { done: false, unable: webgpu.reason };
  const sides = [
    new LabSide('original on wasm', original, 'wasm'),
    new LabSide('variant on wasm', variant, 'wasm'),
    new LabSide('variant on webgpu', variant, 'webgpu'),
  ];
  try {
    await desk.call('beginning', (api) => api.beginAttribution());
    const { n } = await desk.call('counting', (api) => api.attribution()).then(({ set }) => set);
    const total = Math.min(n, examples);
    for (const side of sides) {
      onProgress?.({ done: 0, total, left: undefined, doing: `opening the ${side.name}` });
      await side.ready(signal);
    }
    const start = performance.now();
    for (let index = 0; index < total; index++) {
      const left = index < 2 ? undefined : ((performance.now() - start) / index) * (total - index);
      onProgress?.({ done: index, total, left, doing: `example ${index + 1} of ${total}` });
      const open: NamedSides = await opened(sides, signal);
      const ends = await runExample(desk, index, pairs, open, signal);
      const failed = Object.values(ends).find((end) => 'problem' in end);
      await desk.call('comparing answers', (api) => api.attribute(ends));
      // What fails on the first example fails on all.
      if (failed && index === 0) return { done: false, unable: failed.problem };
    }
    return { done: true, attribution: await desk.call('summing up', (api) => api.attribution()) };
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw error;
    return { done: false, unable: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const side of sides) side.close();
  }
}

async function opened(sides: readonly LabSide[], signal: AbortSignal): Promise<NamedSides> {
  const named: NamedSides[number][] = [];
  for (const side of sides) named.push([side.name, await side.ready(signal)]);
  return named;
}
