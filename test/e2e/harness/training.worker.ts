/** Trains and calibrates in a worker of the page: the networks of fixtures and of the benchmark. */
import { webRuntime, type WebDevice } from '../../../src/run/web-runtime.ts';
import { serve } from '../../../workers/serve.ts';
import type { NetworkId } from '../../bench/training/models.ts';
import { startSteps, type StepRunner, type Steps } from '../../bench/training/run-steps.ts';
import { patchErrors } from '../../core/calibrate/patch-cases.ts';
import {
  compareStep,
  type Comparison,
  type Fixture,
} from '../../core/differentiate/fixtures/whole-graph.ts';

let runner: StepRunner | undefined;

const api = {
  /** Loss and gradients of one step against the stored ones. */
  async compare(fixture: Fixture, device: WebDevice): Promise<Comparison> {
    return compareStep(fixture, await webRuntime(device, { threads: 1 }));
  },

  /** How far Grams of the patches of convolutions are from plain sums. */
  async patches(device: WebDevice): Promise<Readonly<Record<string, number>>> {
    return patchErrors(await webRuntime(device, { threads: 1 }));
  },

  /** Makes a network of the benchmark ready for `steps`. */
  async open(network: NetworkId, threads: number): Promise<void> {
    runner = await startSteps(network, await webRuntime('wasm', { threads }), threads);
  },

  async steps(count: number): Promise<Steps> {
    if (!runner) throw new Error('Open a network first.');
    return runner.run(count);
  },
};

export type TrainingApi = typeof api;
serve(api);
