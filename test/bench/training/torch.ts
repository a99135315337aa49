/** PyTorch beside us: torch_step.py in a process of its own, asked over its standard streams. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { loadFloats } from '../../../src/core/onnx/tensor.ts';
import type { Value } from '../../../src/core/runtime.ts';
import type { Network } from './models.ts';
import type { StepRunner, Steps } from './run-steps.ts';

const script = fileURLToPath(new URL('torch_step.py', import.meta.url));

/** Debian's own Python first: another one on the path rarely has PyTorch. */
const pythons = [process.env['SCRUNCH_PYTHON'], '/usr/bin/python3', 'python3'];

/** Starts PyTorch with a network; undefined where no Python has it. */
export async function startTorch(network: Network): Promise<StepRunner | undefined> {
  const opening = await message(network);
  for (const python of pythons) {
    const runner = python === undefined ? undefined : await start(python, opening);
    if (runner) return runner;
  }
  return undefined;
}

async function start(python: string, opening: string): Promise<StepRunner | undefined> {
  // OpenBLAS has threads of its own, which PyTorch's number does not bind.
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
  const child = spawn(python, [script], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  // A Python that is missing or ends early shows in the answer that does not come.
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`);
    const answer = await lines.next();
    return answer.done ? undefined : JSON.parse(answer.value);
  };
  if ((await ask(opening)) === undefined) return undefined;
  return {
    async run(count) {
      const steps = (await ask(JSON.stringify({ steps: count }))) as Steps | undefined;
      if (!steps) throw new Error('PyTorch ended while it took steps.');
      return steps;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

async function message({ id, model, batches }: Network): Promise<string> {
  const floats = model.graph.initializers.filter(({ dtype }) => dtype === 'float32');
  const weights = floats.map(async (tensor) => {
    const packed = pack({ dtype: 'float32', dims: tensor.dims, data: await loadFloats(tensor) });
    return [tensor.name, packed] as const;
  });
  return JSON.stringify({
    network: id,
    weights: Object.fromEntries(await Promise.all(weights)),
    batches: batches.map(({ x, targets }) => ({ x: pack(x), targets: pack(targets) })),
  });
}

function pack({ dtype, dims, data }: Value) {
  const { buffer, byteOffset, byteLength } = data as Float32Array | BigInt64Array;
  return { dtype, dims, data: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}
