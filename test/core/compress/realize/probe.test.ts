import { describe, expect, test } from 'vitest';
import { formIds, forms } from '../../../../src/core/compress/realize/forms.ts';
import { formsWanted } from '../../../../src/core/compress/realize/plan.ts';
import { probeForms, probeFormsFor } from '../../../../src/core/compress/realize/probe.ts';
import { node } from '../../../../src/core/onnx/build.ts';
import type { Device, Runtime, Value } from '../../../../src/core/runtime.ts';
import { nodeRuntime } from '../../../../src/node/runtime.ts';
import { coded, matmul, modelOf, stored } from './coded.ts';

/** onnxruntime-node, with every float32 result changed on the way out. */
function bent(
  change: (data: Float32Array, dims: readonly number[]) => Value,
  device: Device = 'cpu',
) {
  const runtime = nodeRuntime();
  const counts = { created: 0, released: 0 };
  const bentRuntime: Runtime = {
    device,
    async createSession(files, options) {
      const session = await runtime.createSession(files, options);
      counts.created += 1;
      return {
        ...session,
        async run(feeds) {
          const results = Object.entries(await session.run(feeds));
          return Object.fromEntries(
            results.map(([name, { data, dims }]) => [name, change(data as Float32Array, dims)]),
          );
        },
        release: () => {
          counts.released += 1;
          return session.release();
        },
      };
    },
  };
  return { runtime: bentRuntime, counts };
}

const same = (data: Float32Array, dims: readonly number[]): Value => ({
  dtype: 'float32',
  dims,
  data,
});

describe('a form is not available', () => {
  test.each([
    'No such kernel. Choose another device, or export the model as float32.',
    'No such kernel. Choose WASM, or export the model as float32.',
  ])('where no session can be made, in the words of the runtime: %s', async (words) => {
    // The remedy is for a visitor's own model; this one is ours, and another form takes its place.
    const runtime: Runtime = {
      device: 'webgpu',
      createSession: () => Promise.reject(new Error(words)),
    };
    const support = await probeForms(runtime);
    expect(Object.values(support)).toHaveLength(9);
    for (const verdict of Object.values(support)) {
      expect(verdict).toEqual({ available: false, reason: 'No such kernel.' });
    }
  });

  const wrong: [string, (data: Float32Array, dims: readonly number[]) => Value, string][] = [
    [
      'results are off',
      (data, dims) =>
        same(
          data.map((x) => x * 1.03),
          dims,
        ),
      'off by 0.030',
    ],
    ['one result is off', (data, dims) => same(data.with(-1, data[0]! + 1), dims), 'off by'],
    ['results are NaN', (data, dims) => same(data.with(0, NaN), dims), 'not numbers'],
    ['results are short', (data, dims) => same(data.slice(1), dims), 'not numbers'],
  ];
  test.each(wrong)('where %s', async (_, change, reason) => {
    const { runtime, counts } = bent(change);
    const support = await probeForms(runtime, formIds);
    for (const id of formIds) {
      const verdict = support[id];
      expect(verdict?.available, id).toBe(false);
      expect(verdict?.available === false && verdict.reason, id).toContain(reason);
    }
    expect(counts.created).toBeGreaterThan(0);
    expect(counts.released).toBe(counts.created);
  });
});

test('rounding within float32 is no fault', async () => {
  const { runtime } = bent((data, dims) =>
    same(
      data.map((x) => x * (1 + 2e-7)),
      dims,
    ),
  );
  const support = await probeForms(runtime, formIds);
  for (const id of formIds) {
    const verdict = support[id];
    expect(verdict?.available === true && verdict.error, id).toBeGreaterThan(1e-7);
  }
});

test('sessions are released and results do not change from one time to the next', async () => {
  const { runtime, counts } = bent(same, 'webgpu');
  const once = await probeForms(runtime);
  expect(await probeForms(runtime)).toEqual(once);
  expect(counts.released).toBe(counts.created);
  expect(Object.keys(once)).toEqual(formIds.filter((id) => !forms[id].avoid.webgpu));
});

describe('only what a model needs is tried', () => {
  const products = modelOf([coded('W', [64, 8])], [matmul]);
  const lookups = modelOf(
    [coded('W', [8, 64], { bits: 8, axis: 1 })],
    [node('Gather', ['W', 'x'], ['y'])],
  );

  test('by operator, width and device', () => {
    expect(formsWanted(products, 'webgpu')).toEqual(['matmul-nbits-4', 'fold-dequantize']);
    expect(formsWanted(products, 'wasm')).toEqual(['fold-dequantize']);
    expect(formsWanted(lookups, 'wasm')).toEqual([
      'gather-block-quantized-8',
      'gather-rows-8',
      'fold-dequantize',
    ]);
    expect(formsWanted(modelOf([], [matmul], [stored('W', 8, 4)]), 'wasm')).toEqual([]);
  });

  test('and what is known is not tried again', async () => {
    const { runtime, counts } = bent(same);
    const known = await probeFormsFor(products, runtime);
    expect(Object.keys(known)).toEqual(['fold-dequantize']);
    const { created } = counts;
    expect(await probeFormsFor(products, runtime, known)).toEqual(known);
    expect(counts.created).toBe(created);
    const more = await probeFormsFor(lookups, runtime, known);
    expect(Object.keys(more).sort()).toEqual([
      'fold-dequantize',
      'gather-block-quantized-8',
      'gather-rows-8',
    ]);
  });
});
