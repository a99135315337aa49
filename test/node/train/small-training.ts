/** An embedded model that trains in a moment, and a folder of its own to train it in. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { meanSquaredError } from '../../../src/core/differentiate/losses/mean-squared-error.ts';
import { createRandom, type Random } from '../../../src/core/math/random.ts';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model } from '../../../src/core/onnx/types.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';
import type { TrainSettings } from '../../../src/node/train/train-model.ts';
import type { ZooModel } from '../../../src/zoo/zoo-model.ts';

const [rows, width] = [4, 3];
const steps = 8;

/** A temporary folder that goes with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'scrunch-train-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const share = makeTensor('', 'float32', [], Float32Array.of(0.25));
const on = makeTensor('', 'bool', [], Uint8Array.of(1));

/** y = dropout(normalized(x) · w): all that a training remembers and draws is in it. */
function network(weights: ReadonlyMap<string, Float32Array>): Model {
  const vector = (name: string, start: number) =>
    makeTensor(name, 'float32', [width], weights.get(name) ?? new Float32Array(width).fill(start));
  return model(
    graph({
      nodes: [
        // Stored values are all trained; these two are none of them.
        node('Constant', [], ['share'], { attributes: { value: share } }),
        node('Constant', [], ['on'], { attributes: { value: on } }),
        node('BatchNormalization', ['x', 'scale', 'bias', 'mean', 'variance'], ['normal']),
        node('Mul', ['normal', 'w'], ['product']),
        node('Dropout', ['product', 'share', 'on'], ['y']),
      ],
      inputs: [value('x', 'float32', [rows, width])],
      outputs: [value('y', 'float32', [rows, width])],
      initializers: [
        ...[vector('w', 0.5), vector('scale', 1), vector('bias', 0)],
        ...[vector('mean', 0), vector('variance', 1)],
      ],
    }),
  );
}

function batchAt(step: number): Feeds {
  const random = createRandom(9).fork(`${step}`);
  const floats = () => ({
    dtype: 'float32' as const,
    dims: [rows, width],
    data: Float32Array.from({ length: rows * width }, () => random.normal()),
  });
  return { x: floats(), aim: floats() };
}

export interface Hooks {
  /** Called before each batch. */
  readonly onBatch?: (step: number) => void;
}

/** `prepare` draws the fresh "w" from its random source. */
export function smallModel({ onBatch }: Hooks = {}): ZooModel {
  return {
    label: 'Small',
    task: 'feature-extraction',
    summary: 'Does nothing useful.',
    trainedOn: 'Random numbers.',
    prepare: (_read, random: Random) => {
      const fresh = Float32Array.from({ length: width }, () => random.normal());
      return Promise.resolve({
        plan: {
          steps,
          schedule: { learningRate: 0.05, warmUp: 2, steps, floor: 0.1 },
          loss: meanSquaredError({ output: 'y', target: 'aim' }),
          weightDecay: 0.01,
          clipNorm: 1,
          averaging: 0.9,
          evaluateEvery: 3,
        },
        training: network(new Map([['w', fresh]])),
        batch: (step) => {
          onBatch?.(step);
          return batchAt(step);
        },
        ship: network,
        files: new Map<string, string | Uint8Array>([
          ['config.json', '{}\n'],
          ['onnx/extra.bin', Uint8Array.of(1, 2, 3)],
        ]),
        evaluate: async (session, quick) => {
          const { x } = batchAt(100);
          const { y } = await session.run({ x: x! });
          return { first: Number(y!.data[0]), n: quick ? 1 : 2 };
        },
      });
    },
  };
}

/** Settings that train in a folder; what is said goes into `said`. */
export function settingsIn(folder: string, said: string[] = []): TrainSettings {
  return {
    runtime: nodeRuntime(),
    read: (path) => Promise.reject(new Error(`"${path}" is not needed`)),
    folder,
    seed: 1,
    threads: 1,
    fresh: false,
    onlyShip: false,
    say: (line) => said.push(line),
    signal: new AbortController().signal,
  };
}
