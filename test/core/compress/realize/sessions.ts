/** Runs models of the tests of realize, and knows devices on which everything or nothing works. */
import { formIds, type FormId, type Support } from '../../../../src/core/compress/realize/forms.ts';
import type { Realized } from '../../../../src/core/compress/realize/realize.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import { writeOnnx } from '../../../../src/core/onnx/write.ts';
import type { Feeds, SessionOptions, Value } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';

const runtime = nodeRuntime();

/** A device on which every form works but these. */
export const allBut = (...missing: readonly FormId[]): Support =>
  Object.fromEntries(
    formIds.map((id) => [
      id,
      missing.includes(id)
        ? { available: false as const, reason: `no kernel for ${id}` }
        : { available: true as const, error: 0 },
    ]),
  );

async function run(model: Model, options: SessionOptions, feeds: Feeds) {
  const session = await runtime.createSession(writeOnnx(model), options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}

/** What the canonical model computes, its weights unpacked by onnxruntime itself. */
export const canonical = (model: Model, feeds: Feeds): Promise<Record<string, Value>> =>
  run(model, { foldDequantize: true }, feeds);

/** What a realized model computes. */
export const realized = (result: Realized, feeds: Feeds): Promise<Record<string, Value>> =>
  run(result.model, result.session, feeds);

/** The largest difference of two runs' float32 outputs; Infinity where their dims differ. */
export function apart(a: Record<string, Value>, b: Record<string, Value>): number {
  let most = 0;
  for (const [name, { data, dims }] of Object.entries(a)) {
    const other = b[name];
    if (other?.dims.join() !== dims.join()) return Infinity;
    if (!(data instanceof Float32Array) || !(other.data instanceof Float32Array)) return Infinity;
    for (const [at, x] of data.entries())
      most = Math.max(most, Math.abs(x - (other.data[at] ?? NaN)));
  }
  return most;
}
