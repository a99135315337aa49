import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { codedWeights } from '../../../../src/core/compress/realize/coded-weight.ts';
import type { Support } from '../../../../src/core/compress/realize/forms.ts';
import { formsWanted } from '../../../../src/core/compress/realize/plan.ts';
import { realize } from '../../../../src/core/compress/realize/realize.ts';
import { slowerForOneRow, timeForm } from '../../../../src/core/compress/realize/speed.ts';
import { parseRecipe, type Step } from '../../../../src/core/compress/recipe.ts';
import type { Samples } from '../../../../src/core/compress/training.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import type { Model } from '../../../../src/core/onnx/types.ts';
import type { Feeds, Runtime, Session } from '../../../../src/core/runtime.ts';
import { input, mlp, tiedLanguageModel, weight } from '../fixtures.ts';
import { memoryControl } from '../train/control.ts';
import { oneThread } from '../train/one-thread.ts';
import { opsOf } from './coded.ts';
import { allBut, apart, realized } from './sessions.ts';

async function made(from: Model, steps: readonly Step[], samples?: Samples): Promise<Model> {
  const recipe = parseRecipe({ version: 1, seed: 0, steps });
  const calibration = samples ? { calibration: memoryControl(samples) } : {};
  return (await compress(from, recipe, { runtime: oneThread, ...calibration })).model;
}

const dynamic = (from: Model) => made(from, [{ technique: 'quantize-dynamic' }]);
const integerOps = /Integer|QuantizeLinear$|^QLinear|^QGemm/;
const formsOf = ({ forms }: { readonly forms: readonly { form: string }[] }) =>
  forms.map(({ form }) => form);
const plain = (what: Model, feeds: Feeds) =>
  realized({ model: what, session: {}, forms: [] }, feeds);

describe('integer products', () => {
  test.each(['wasm', 'cpu'] as const)('%s: stay as they are stored', async (device) => {
    const before = await dynamic(mlp().model);
    const result = await realize(before, device, allBut());
    expect(result.model).toBe(before);
    expect(result.session).toEqual({});
    expect(result.forms).toEqual([
      { key: 'W1_codes', form: 'integer-products' },
      { key: 'W2_codes', form: 'integer-products' },
    ]);
  });

  test('webgpu: float operators round, weights stay packed, answers stay', async () => {
    const before = await dynamic(mlp().model);
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model).filter((op) => integerOps.test(op))).toEqual([]);
    expect(opsOf(result.model).filter((op) => op === 'MatMulNBits')).toHaveLength(2);
    expect(formsOf(result)).toEqual(['matmul-nbits-8', 'matmul-nbits-8']);
    expect(result.forms[0]?.reason).toMatch(/^activations are rounded in float32: .*processor/);
    const { feeds } = mlp();
    expect(apart(await realized(result, feeds), await plain(before, feeds))).toBeLessThan(1e-4);
  });

  test('webgpu: nothing but zeros gives what zeros give', async () => {
    const before = await dynamic(mlp().model);
    const result = await realize(before, 'webgpu', allBut());
    const x = { dtype: 'float32' as const, dims: [2, 40], data: new Float32Array(80) };
    expect(apart(await realized(result, { x }), await plain(before, { x }))).toBeLessThan(1e-4);
  });

  test('webgpu: a tied embedding is looked up packed, and multiplied', async () => {
    const before = await dynamic(tiedLanguageModel().model);
    const result = await realize(before, 'webgpu', allBut());
    expect([...formsOf(result)].sort()).toEqual([
      ...['gather-block-quantized-8', 'matmul-nbits-8', 'matmul-nbits-8'],
    ]);
    const { feeds } = tiedLanguageModel();
    const wanted = await plain(before, feeds);
    expect(apart(await realized(result, feeds), wanted)).toBeLessThan(1e-4);
  });

  test('wasm without a kernel for them: unpacked at load', async () => {
    const before = await dynamic(mlp().model);
    const result = await realize(before, 'wasm', allBut('integer-products'));
    expect(result.session).toEqual({ foldDequantize: true });
    expect(new Set(formsOf(result))).toEqual(new Set(['fold-dequantize']));
    const { feeds } = mlp();
    expect(apart(await realized(result, feeds), await plain(before, feeds))).toBeLessThan(1e-4);
  });
});

describe('one token at a time', () => {
  /** The model with a cache that it does not use: what says that it runs token by token. */
  const stepwise = ({ graph: main, ...rest }: Model): Model => ({
    ...rest,
    graph: { ...main, inputs: [...main.inputs, value('past_key_values.0.key', 'float32', [1])] },
  });
  const measured = (integer: number, unpacked: number): Support => ({
    ...allBut(),
    'integer-products': { available: true, error: 0, speed: { one: integer, many: 2.5 } },
    'rounded-activations': { available: true, error: 0, speed: { one: unpacked, many: 0.9 } },
  });

  test('takes what was measured to be faster with one row', async () => {
    const before = stepwise(await dynamic(mlp().model));
    const faster = await realize(before, 'wasm', measured(0.5, 0.8));
    expect(new Set(formsOf(faster))).toEqual(new Set(['fold-dequantize']));
    expect(faster.forms[0]?.reason).toContain('integer products ran at 0.50× the speed of float32');
    const slower = await realize(before, 'wasm', measured(1.2, 0.8));
    expect(new Set(formsOf(slower))).toEqual(new Set(['integer-products']));
  });

  test('others keep integer products whatever one row takes', async () => {
    const before = await dynamic(mlp().model);
    const result = await realize(before, 'wasm', measured(0.5, 0.8));
    expect(new Set(formsOf(result))).toEqual(new Set(['integer-products']));
  });

  test('a difference within a tenth is none, and what was not measured decides nothing', () => {
    expect(slowerForOneRow(measured(0.8, 0.85))).toBeUndefined();
    expect(slowerForOneRow(measured(0.8, 0.9))).toBeDefined();
    expect(slowerForOneRow(allBut())).toBeUndefined();
    expect(slowerForOneRow({})).toBeUndefined();
  });

  test('both forms are worth a probe only there', async () => {
    const before = await dynamic(mlp().model);
    expect(formsWanted(before, 'wasm')).toEqual(['integer-products']);
    expect(formsWanted(stepwise(before), 'wasm')).toEqual([
      ...['fold-dequantize', 'integer-products', 'rounded-activations'],
    ]);
    expect(formsWanted(before, 'webgpu')).toEqual([
      ...['matmul-nbits-8', 'fold-dequantize', 'rounded-activations'],
    ]);
  });
});

test('a form is timed in turns with float32; the fastest run of each counts', async () => {
  let now = 0;
  const took = { form: [9, 7, 4, 5, 4], plain: [50, 12, 8, 16, 9] };
  const started: string[] = [];
  let sessions = 0;
  const runtime: Runtime = {
    device: 'wasm',
    createSession: () => {
      const times = sessions++ === 0 ? took.form : took.plain;
      let runs = 0;
      const session: Session = {
        inputNames: [],
        outputNames: [],
        run: () => {
          started.push(times === took.form ? 'f' : 'p');
          now += times[runs++ % 5]!;
          return Promise.resolve({});
        },
        release: () => {
          sessions -= 10;
          return Promise.resolve();
        },
      };
      return Promise.resolve(session);
    },
  };
  const some = mlp().model;
  const timed = { model: some, session: {} };
  const speed = await timeForm(runtime, timed, some, { one: {}, many: {} }, () => now);
  expect(speed).toEqual({ one: 2, many: 2 });
  expect(started.join('')).toMatch(/^(fp)+$/);
  expect(sessions).toBe(2 - 20);
});

describe('integer layers', () => {
  const samples: Samples = {
    label: 'images',
    count: 8,
    feeds: ([at = 0]) => ({ x: input(`image ${at}`, [1, 8, 8, 8]) }),
  };
  const network = model(
    graph({
      nodes: [
        node('Conv', ['x', 'K', 'b'], ['c'], { attributes: { kernel_shape: [3, 3] } }),
        node('Relu', ['c'], ['r']),
        node('GlobalAveragePool', ['r'], ['p']),
        node('Flatten', ['p'], ['f']),
        node('Gemm', ['f', 'W'], ['y'], { attributes: { transB: 1 } }),
      ],
      inputs: [value('x', 'float32', [1, 8, 8, 8])],
      outputs: [value('y', 'float32', [1, 20])],
      initializers: [
        weight('K', [24, 8, 3, 3], 72),
        weight('b', [24], 1),
        weight('W', [20, 24], 24),
      ],
    }),
    { opset: 15 },
  );

  test('webgpu: float operators round between the layers, answers stay', async () => {
    const before = await made(network, [{ technique: 'quantize-static' }], samples);
    expect((await realize(before, 'wasm', allBut())).model).toBe(before);
    const result = await realize(before, 'webgpu', allBut());
    expect(opsOf(result.model)).not.toContain('QuantizeLinear');
    // onnxruntime has no Round on graphics devices: a sum and a difference do its work.
    expect(opsOf(result.model)).not.toContain('Round');
    expect(opsOf(result.model).filter((op) => op === 'Clip')).toHaveLength(4);
    expect(formsOf(result).sort()).toEqual(['fold-dequantize', 'matmul-nbits-8']);
    // Every DequantizeLinear that is left is a weight's.
    const weights = codedWeights(result.model).map((one) => one.node);
    const left = result.model.graph.nodes.filter(({ opType }) => opType === 'DequantizeLinear');
    expect(left).toEqual(weights);
    const feeds = { x: input('another', [1, 8, 8, 8]) };
    const [found, wanted] = [await realized(result, feeds), await plain(before, feeds)];
    const [{ data } = { data: [] }] = Object.values(wanted);
    const largest = Math.max(...Array.from(data as Float32Array, Math.abs));
    // A value between two codes may fall to either side.
    expect(apart(found, wanted)).toBeLessThan(0.02 * largest);
  });
});
