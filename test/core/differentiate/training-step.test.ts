/** The graph of a step: what goes in, what comes out, what is refused. */
import { describe, expect, test } from 'vitest';

import { crossEntropy } from '../../../src/core/differentiate/losses/cross-entropy.ts';
import { meanSquaredError } from '../../../src/core/differentiate/losses/mean-squared-error.ts';
import { adamW } from '../../../src/core/differentiate/optimizers/adam-w.ts';
import { Trainer } from '../../../src/core/differentiate/trainer.ts';
import {
  trainingStep,
  type TrainingOptions,
} from '../../../src/core/differentiate/training-step.ts';
import { createRandom } from '../../../src/core/math/random.ts';
import { graph, model, node, textOf, value } from '../../../src/core/onnx/build.ts';
import { makeTensor } from '../../../src/core/onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../../src/core/onnx/types.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../src/node/runtime.ts';

const floats = (name: string, dims: readonly number[], from = 0.5): Tensor => {
  const random = createRandom(3).fork(name);
  const count = dims.reduce((a, b) => a * b, 1);
  return makeTensor(
    name,
    'float32',
    dims,
    Float32Array.from({ length: count }, () => from * random.normal()),
  );
};

const x = { dtype: 'float32', dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const;

function around(nodes: readonly Node[], initializers: readonly Tensor[]): Model {
  return model(
    graph({
      nodes,
      inputs: [value('x', 'float32', ['batch', 3])],
      outputs: [value('y', 'float32')],
      initializers,
    }),
  );
}

const linear = around([node('MatMul', ['x', 'w'], ['y'])], [floats('w', [3, 2])]);

const options: TrainingOptions = {
  trained: ['w'],
  loss: meanSquaredError({ output: 'y', target: 'aim' }),
  optimizer: adamW(),
};
const build = (given: Model, more: Partial<TrainingOptions> = {}) =>
  trainingStep(given, { x }, { ...options, ...more }, nodeRuntime());

describe('the border', () => {
  test('weights are no longer stored: they come in as one vector and go out as one', async () => {
    const step = await build(linear, { averaging: 0.9 });
    expect(step.model.graph.initializers.map(({ name }) => name)).not.toContain('w');
    expect(step.state.map(({ name }) => name)).toEqual([
      'parameters',
      'memory 1',
      'memory 2',
      'average',
    ]);
    const inputs = step.model.graph.inputs.map(({ name }) => name);
    const expected = [
      'x',
      'aim',
      ...step.state.map(({ input }) => input),
      ...step.scalars.values(),
    ];
    expect([...inputs].sort()).toEqual(expected.sort());
    expect([...step.scalars.keys()].sort()).toEqual(['averaging', 'size', 'spread']);
    const outputs = step.model.graph.outputs.map(({ name }) => name);
    expect(outputs.sort()).toEqual(
      [step.loss, step.norm, ...step.state.map(({ output }) => output)].sort(),
    );
    expect(new Set(outputs).size).toBe(outputs.length);
  });

  test('the prediction has the model’s own outputs', async () => {
    const { prediction } = await build(linear);
    const { inputs, outputs } = prediction.model.graph;
    expect(inputs.map(({ name }) => name)).toEqual(['x', prediction.parameters]);
    expect(outputs.map(({ name }) => name)).toEqual(['y']);
  });

  test('a model that uses names of the engine keeps them', async () => {
    const taken = 'train/parameters 1';
    const nodes = [node('MatMul', ['x', 'w'], [taken]), node('Identity', [taken], ['y'])];
    const step = await build(around(nodes, [floats('w', [3, 2])]));
    const made = step.model.graph.nodes.flatMap(({ outputs }) => outputs);
    expect(new Set(made).size).toBe(made.length);
  });
});

test('a weight that the loss does not reach is said to be untouched, and stays', async () => {
  const nodes = [node('MatMul', ['x', 'w'], ['y']), node('MatMul', ['x', 'v'], ['beside'])];
  const given = around(nodes, [floats('w', [3, 2]), floats('v', [3, 2])]);
  const trainer = await Trainer.create(
    given,
    { x },
    { ...options, trained: ['v', 'w'] },
    nodeRuntime(),
  );
  expect(trainer.untouched).toEqual(['v']);
  const before = (await trainer.weights()).get('v')!.slice();
  const aim = { dtype: 'float32', dims: [2, 2], data: new Float32Array(4) } as const;
  await trainer.step({ x, aim }, { step: 0, learningRate: 0.1, random: createRandom(0) });
  expect((await trainer.weights()).get('v')).toEqual(before);
  await trainer.release();
});

describe('what is refused', () => {
  test('a weight of 16 bits', async () => {
    const half = makeTensor('w', 'float16', [3, 2], new Uint16Array(6));
    const nodes = [
      node('Cast', ['w'], ['wide'], { attributes: { to: 1 } }),
      node('MatMul', ['x', 'wide'], ['y']),
    ];
    await expect(build(around(nodes, [half]))).rejects.toThrow(
      '"w" can\'t be trained: it is float16, and training needs float32. Choose other weights, or export the model as float32.',
    );
  });

  test('an input, and what a node makes', async () => {
    for (const name of ['x', 'y']) {
      await expect(build(linear, { trained: [name] })).rejects.toThrow(
        `"${name}" can't be trained: it is no stored weight of the main graph.`,
      );
    }
  });

  test('a loss of what the model does not have', async () => {
    const loss = crossEntropy({ logits: 'scores' });
    await expect(build(linear, { loss })).rejects.toThrow('Its outputs are "y".');
  });
});

describe('an embedding whose ids repeat', () => {
  const [size, width, lookups] = [50, 64, 512];
  const table = model(
    graph({
      nodes: [node('Gather', ['table', 'ids'], ['rows']), node('MatMul', ['rows', 'w'], ['y'])],
      inputs: [value('ids', 'int64', [lookups])],
      outputs: [value('y', 'float32', [lookups, 8])],
      initializers: [floats('table', [size, width]), floats('w', [width, 8])],
    }),
  );
  const ids = BigInt64Array.from({ length: lookups }, (_, at) => BigInt((at * at) % 7));
  const feeds: Feeds = { ids: { dtype: 'int64', dims: [lookups], data: ids } };
  const aim = {
    dtype: 'float32',
    dims: [lookups, 8],
    data: new Float32Array(8 * lookups).fill(1),
  } as const;
  const settings = { ...options, trained: ['table', 'w'] };

  test('is trained without additions to repeated places, which onnxruntime’s threads lose', async () => {
    const step = await trainingStep(table, feeds, settings, nodeRuntime());
    const adding = step.model.graph.nodes.filter(
      (one) => one.opType === 'ScatterND' && (textOf(one, 'reduction') ?? 'none') !== 'none',
    );
    expect(adding).toEqual([]);
  });

  test('is trained to the same bits each time, on two threads', async () => {
    const run = async () => {
      const trainer = await Trainer.create(table, feeds, settings, nodeRuntime(), { threads: 2 });
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) {
        const given = { step, learningRate: 0.01, random: createRandom(0) };
        losses.push((await trainer.step({ ...feeds, aim }, given)).loss);
      }
      const state = await trainer.state();
      await trainer.release();
      return { losses, state };
    };
    expect(await run()).toEqual(await run());
  });
});
