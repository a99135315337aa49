/** Which operators onnxruntime-node really runs for a model, after its own fusions. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as ort from 'onnxruntime-node';

import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { Feeds } from '../src/core/runtime.ts';

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly op_name?: string };
}

/** The operators of one run, in its order. */
export async function operatorsRun(model: Model, feeds: Feeds): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'scrunch-profile-'));
  try {
    const bytes = new Uint8Array(await writeOnnx(model).onnx.arrayBuffer());
    const session = await ort.InferenceSession.create(bytes, {
      enableProfiling: true,
      profileFilePrefix: join(folder, 'run'),
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    const tensors = Object.entries(feeds).map(
      ([name, { dtype, dims, data }]) =>
        [name, new ort.Tensor(dtype as ort.Tensor.Type, data, dims)] as const,
    );
    await session.run(Object.fromEntries(tensors));
    session.endProfiling();
    await session.release();
    const [file = ''] = readdirSync(folder);
    const events = JSON.parse(readFileSync(join(folder, file), 'utf8')) as ProfileEvent[];
    const kernels = events.filter(
      ({ cat, name }) => cat === 'Node' && name.endsWith('kernel_time'),
    );
    return kernels.map(({ args }) => args?.op_name ?? '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
