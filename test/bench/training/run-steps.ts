/** Times training steps of one network on one runtime: under Node, or in a worker of the page. */
import { adamW } from '../../../src/core/differentiate/optimizers/adam-w.ts';
import { Trainer } from '../../../src/core/differentiate/trainer.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import type { Runtime } from '../../../src/core/runtime.ts';
import { networks, type NetworkId } from './models.ts';
import { softTargets } from './soft-targets.ts';

export interface Steps {
  /** Each step's own time, from the batch to the loss. */
  readonly milliseconds: readonly number[];
  /** The loss of the last step. */
  readonly loss: number;
}

/** Something that takes training steps on request, and goes on where it stopped. */
export interface StepRunner {
  run(count: number): Promise<Steps>;
  close(): Promise<void>;
}

/** Adam with a rate of 0.001, batches in turns. */
export async function startSteps(
  id: NetworkId,
  runtime: Runtime,
  threads: number,
): Promise<StepRunner> {
  const { model, batches } = networks[id]();
  const trained = model.graph.initializers
    .filter(({ dtype }) => dtype === 'float32')
    .map(({ name }) => name);
  const options = { trained, loss: softTargets, optimizer: adamW() };
  const trainer = await Trainer.create(model, { x: batches[0]!.x }, options, runtime, { threads });
  const random = createRandom(0);
  let step = 0;
  return {
    async run(count) {
      const milliseconds: number[] = [];
      let loss = NaN;
      for (let done = 0; done < count; done++, step++) {
        const start = performance.now();
        const batch = batches[step % batches.length]!;
        const report = await trainer.step({ ...batch }, { step, learningRate: 1e-3, random });
        milliseconds.push(performance.now() - start);
        loss = report.loss;
      }
      return { milliseconds, loss };
    },
    close: () => trainer.release(),
  };
}
