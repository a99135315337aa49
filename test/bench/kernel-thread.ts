/** A thread of kernels.bench.ts: rounds parts of shared weights, and answers when it is done. */
import { parentPort, workerData } from 'node:worker_threads';

import { loadKernels } from '../../src/core/kernels/index.ts';
import type { BlockLayout, BlockOptions } from '../../src/core/math/blocks.ts';

/** A tensor that begins at weight `start` of the shared memory. */
export interface Job {
  readonly start: number;
  readonly layout: BlockLayout;
  readonly options: BlockOptions;
}

const weights = new Float32Array(workerData as SharedArrayBuffer);
const kernels = await loadKernels();

parentPort?.on('message', (jobs: readonly Job[]) => {
  for (const { start, layout, options } of jobs) {
    const { outer, axis, inner } = layout;
    const part = weights.subarray(start, start + outer * axis * inner);
    kernels.quantizeBlocks(part, layout, options);
  }
  parentPort?.postMessage('done');
});
parentPort?.postMessage('ready');
