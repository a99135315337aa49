/**
 * Block rounding: memcpy, the reference and the kernels, taken in turn on the same 64 MB. Figures are
 * GB of float32 input per second, from the median of the rounds; for one thread seconds of processor
 * time, which a busy machine lengthens less than those of the clock, and for the comparison of two
 * threads with one the clock's. `kernel` copies the weights into the kernels' memory and the codes
 * out of it, as the techniques do; `resident` finds the weights there and leaves the codes.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import { compiled } from '../../src/core/kernels/compiled.ts';
import { loadKernels } from '../../src/core/kernels/index.ts';
import { createInstance, type KernelExports, reserve } from '../../src/core/kernels/instance.ts';
import { quantizeBlocks } from '../../src/core/math/block-quantize.ts';
import type { BlockLayout, BlockOptions } from '../../src/core/math/blocks.ts';
import { quantile } from '../../src/core/math/quantile.ts';
import { createRandom } from '../../src/core/math/random.ts';
import type { Bench, Row } from './bench.ts';
import type { Job } from './kernel-thread.ts';

const side = 4096;
const gigabytes = (4 * side * side) / 1e9;
const rounds = 7;

const layouts: [name: string, layout: BlockLayout][] = [
  ['rows', { outer: side, axis: side, inner: 1 }],
  ['columns', { outer: 1, axis: side, inner: side }],
];

type Task = () => void | Promise<void>;

export default {
  name: `Block rounding, blocks of 32, symmetric, ${side} × ${side} (n = ${rounds})`,
  async run() {
    const random = createRandom(1);
    const shared = new Float32Array(new SharedArrayBuffer(4 * side * side));
    for (let i = 0; i < shared.length; i++) shared[i] = random.uniform() - random.uniform();
    const weights = shared.slice();
    const threads = [await startThread(shared), await startThread(shared)] as const;
    const rows: Row[] = [];
    for (const [name, layout] of layouts) {
      for (const bits of [4, 8, 2] as const) {
        const options: BlockOptions = { bits, blockSize: 32, symmetric: true };
        const tasks = await contenders(weights, layout, options, threads);
        rows.push({ layout: name, bits, ...figures(await takeTurns(tasks)) });
      }
    }
    await Promise.all(threads.map((thread) => thread.end()));
    return rows;
  },
} satisfies Bench;

async function contenders(
  weights: Float32Array,
  layout: BlockLayout,
  options: BlockOptions,
  [first, second]: readonly [Thread, Thread],
) {
  const kernels = await loadKernels();
  const copy = new Float32Array(weights.length);
  const [upper, lower] = halves(layout, options);
  return {
    memcpy: () => copy.set(weights),
    reference: () => void quantizeBlocks(weights, layout, options),
    kernel: () => void kernels.quantizeBlocks(weights, layout, options),
    resident: residentTask(weights, layout, options),
    oneThread: () => first.run([upper, lower]),
    twoThreads: async () => {
      await Promise.all([first.run([upper]), second.run([lower])]);
    },
  } satisfies Record<string, Task>;
}

/** The tensor as two jobs: the upper half of its rows and the lower. */
function halves(layout: BlockLayout, options: BlockOptions): [Job, Job] {
  const half = layout.inner === 1 ? { ...layout, outer: side / 2 } : { ...layout, axis: side / 2 };
  const job = (start: number): Job => ({ start, layout: half, options });
  return [job(0), job((side * side) / 2)];
}

/** Rounds what lies in the kernels' memory already, in parts of the size that the techniques use. */
function residentTask(weights: Float32Array, layout: BlockLayout, options: BlockOptions): Task {
  const kernels = createInstance(new WebAssembly.Module(Buffer.from(compiled, 'base64')));
  const part = layout.inner === 1 ? 16 * side : 32 * side;
  const base = 1024;
  const codes = base + weights.byteLength;
  const packed = codes + part + 1024;
  const scales = packed + weights.length;
  const zeroPoints = scales + weights.length;
  const lows = zeroPoints + weights.length;
  const highs = lows + weights.length;
  reserve(kernels, highs + weights.length);
  new Float32Array(kernels.memory.buffer, base, weights.length).set(weights);
  const arrays = [codes, scales, zeroPoints, lows, highs] as const;
  return () => {
    for (let start = 0; start < weights.length; start += part) {
      roundPart(kernels, base + 4 * start, arrays, part, layout.inner === 1, options);
      if (options.bits < 8) kernels.pack(codes, packed + start / 2, part, options.bits);
    }
  };
}

function roundPart(
  kernels: KernelExports,
  at: number,
  arrays: readonly [number, number, number, number, number],
  part: number,
  alongRows: boolean,
  { bits, blockSize, symmetric }: BlockOptions,
): void {
  const height = part / side;
  if (alongRows)
    kernels.quantizeRows(at, ...arrays, height, side, blockSize, bits, symmetric, false);
  else kernels.quantizeColumns(at, ...arrays, 1, height, side, blockSize, bits, symmetric, false);
}

/** The median seconds of a task by the processor's count and by the clock. */
interface Seconds {
  readonly processor: number;
  readonly clock: number;
}

/** Runs all once to warm up, then in turn. */
async function takeTurns<K extends string>(tasks: Record<K, Task>): Promise<Record<K, Seconds>> {
  const laps = new Map<string, Seconds[]>();
  for (let round = -1; round < rounds; round++) {
    for (const [name, task] of Object.entries<Task>(tasks)) {
      const lap = await time(task);
      if (round >= 0) laps.set(name, [...(laps.get(name) ?? []), lap]);
    }
  }
  const medians = [...laps].map(([name, times]) => {
    const median = (of: keyof Seconds) =>
      quantile(
        Float64Array.from(times, (t) => t[of]),
        0.5,
      );
    return [name, { processor: median('processor'), clock: median('clock') }];
  });
  return Object.fromEntries(medians) as Record<K, Seconds>;
}

async function time(task: Task): Promise<Seconds> {
  const start = performance.now();
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return { processor: (user + system) / 1e6, clock: (performance.now() - start) / 1000 };
}

function figures(seconds: Record<keyof Awaited<ReturnType<typeof contenders>>, Seconds>): Row {
  const { memcpy, reference, kernel, resident, oneThread, twoThreads } = seconds;
  const speed = ({ processor }: Seconds) => (gigabytes / processor).toFixed(2);
  const ratio = ({ processor }: Seconds) => (memcpy.processor / processor).toFixed(2);
  return {
    'memcpy GB/s': speed(memcpy),
    'reference GB/s': speed(reference),
    'kernel GB/s': speed(kernel),
    'kernel ÷ memcpy': ratio(kernel),
    'resident GB/s': speed(resident),
    'resident ÷ memcpy': ratio(resident),
    'two threads ÷ one': (oneThread.clock / twoThreads.clock).toFixed(2),
  };
}

interface Thread {
  run(jobs: readonly Job[]): Promise<void>;
  end(): Promise<unknown>;
}

/** A thread with an instance of its own and a view of the shared weights. */
async function startThread(weights: Float32Array<SharedArrayBuffer>): Promise<Thread> {
  const worker = new Worker(new URL('./kernel-thread.mjs', import.meta.url), {
    workerData: weights.buffer,
  });
  // `once` rejects if the thread fails meanwhile.
  await once(worker, 'message');
  return {
    async run(jobs) {
      const done = once(worker, 'message');
      worker.postMessage(jobs);
      await done;
    },
    end: () => worker.terminate(),
  };
}
