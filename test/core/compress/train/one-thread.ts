/** A runtime on one thread: what is computed twice is the same, bit for bit. */
import type { Runtime } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';

const all = nodeRuntime();

export const oneThread: Runtime = {
  device: 'cpu',
  createSession: (files, options) => all.createSession(files, { ...options, threads: 1 }),
  createStatefulSession: (files, options) =>
    all.createStatefulSession!(files, { ...options, threads: 1 }),
};
