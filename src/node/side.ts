/** One model in a runtime: realized for the device, its runs timed. */
import { performance } from 'node:perf_hooks';

import { probeFormsFor } from '../core/compress/realize/probe.ts';
import { realize } from '../core/compress/realize/realize.ts';
import { residentBytes } from '../core/compress/realize/resident.ts';
import type { Support } from '../core/compress/realize/forms.ts';
import type { FormCounts, RunSide } from '../core/evaluate/compare.ts';
import type { Model } from '../core/onnx/types.ts';
import { inputsOf, outputsOf } from '../core/onnx/signature.ts';
import { writeOnnx } from '../core/onnx/write.ts';
import type { Runtime } from '../core/runtime.ts';
import { openLoopSession, type OpenLoopSession } from '../tasks/loops/session.ts';

export interface Side {
  /** Runs once; milliseconds on a monotonic clock. Errors: RuntimeError. */
  readonly run: RunSide;
  /** For tasks, whose loops run it many times. */
  readonly session: OpenLoopSession;
  readonly forms: FormCounts;
  /** Bytes that the runtime keeps for the weights: an estimate. */
  readonly resident: number;
  release(): Promise<void>;
}

/** Probes take a moment, and answer the same for as long as the process lives. */
const probed = new WeakMap<Runtime, Support>();

/** A session for a model, in the form that suits the runtime. Errors: ModelError, RuntimeError. */
export async function openSide(model: Model, runtime: Runtime): Promise<Side> {
  const support = await probeFormsFor(model, runtime, probed.get(runtime), () => performance.now());
  probed.set(runtime, support);
  const realized = await realize(model, runtime.device, support);
  const signatures = { inputs: inputsOf(model), outputs: outputsOf(model) };
  const files = writeOnnx(realized.model);
  const session = await openLoopSession(runtime, files, signatures, realized.session);
  const forms: Record<string, number> = {};
  for (const { form } of realized.forms) forms[form] = (forms[form] ?? 0) + 1;
  return {
    session,
    forms,
    resident: residentBytes(realized, runtime.device),
    async run(feeds) {
      const start = performance.now();
      const outputs = await session.run(feeds);
      return { outputs, milliseconds: performance.now() - start };
    },
    release: () => session.release(),
  };
}
