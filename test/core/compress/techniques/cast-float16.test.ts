import { describe, expect, test } from 'vitest';

import { compress } from '../../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../../src/core/compress/recipe.ts';
import type { TechniqueOptions } from '../../../../src/core/compress/techniques/index.ts';
import { graph, model, node, value } from '../../../../src/core/onnx/build.ts';
import { loadFloats, makeTensor } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Tensor } from '../../../../src/core/onnx/types.ts';
import { cnn, mlp, types } from '../fixtures.ts';

const cast = (from: Model, options: Partial<TechniqueOptions<'cast-float16'>> = {}) =>
  compress(
    from,
    parseRecipe({ version: 1, seed: 0, steps: [{ technique: 'cast-float16', options }] }),
  );

const stored = ({ graph: { initializers } }: Model, name: string): Tensor | undefined =>
  initializers.find((tensor) => tensor.name === name);

/** y = x · W with the given values in W, filled up to [16, 16] with halves. */
function product(...values: number[]): Model {
  const data = new Float32Array(256).fill(0.5);
  data.set(values);
  return model(
    graph({
      nodes: [node('MatMul', ['x', 'W'], ['y'])],
      inputs: [value('x', 'float32', ['rows', 16])],
      outputs: [value('y', 'float32', ['rows', 16])],
      initializers: [makeTensor('W', 'float32', [16, 16], data)],
    }),
  );
}

const valuesOf = async (after: Model) => loadFloats(stored(after, 'W_float16')!);

describe('cast-float16', () => {
  test('stores float16 and a Cast under the old name; biases stay', async () => {
    const { model: after } = await cast(mlp().model);
    expect(after.graph.nodes.map(({ opType }) => opType)).toEqual([
      ...['Cast', 'Cast', 'Gemm', 'Relu', 'Gemm'],
    ]);
    expect(after.graph.nodes[0]).toMatchObject({ inputs: ['W1_float16'], outputs: ['W1'] });
    expect(stored(after, 'W1_float16')).toMatchObject({ dtype: 'float16', dims: [48, 40] });
    expect(stored(after, 'W1')).toBeUndefined();
    expect(stored(after, 'b1')?.dtype).toBe('float32');
  });

  test('each value within half a unit in the last place: 2⁻¹¹ of it', async () => {
    const before = cnn().model;
    const { model: after } = await cast(before);
    for (const name of ['stem', 'point', 'grow', 'head']) {
      const old = await loadFloats(stored(before, name)!);
      const now = await loadFloats(stored(after, `${name}_float16`)!);
      const worst = old.reduce(
        (most, x, at) => Math.max(most, Math.abs(now[at]! - x) / Math.max(Math.abs(x), 2 ** -14)),
        0,
      );
      expect(worst, name).toBeGreaterThan(0);
      expect(worst, name).toBeLessThanOrEqual(2 ** -11);
    }
  });

  test('ties go to the even mantissa', async () => {
    // float16 counts in steps of 2^-10 from 1 on.
    const { model: after } = await cast(product(1 + 2 ** -11, 1 + 3 * 2 ** -11, -1 - 2 ** -11));
    expect([...(await valuesOf(after)).slice(0, 3)]).toEqual([1, 1 + 2 ** -9, -1]);
  });

  test('the largest that still rounds to 65504 is not too large', async () => {
    const { model: after, trace } = await cast(product(65519, -65519));
    expect([...(await valuesOf(after)).slice(0, 2)]).toEqual([65504, -65504]);
    expect(trace[0]?.notes).toEqual([]);
  });

  test('values beyond: the weight stays, with their number', async () => {
    const before = product(70000, -1e9, 65520);
    const { model: after, trace } = await cast(before);
    expect(after).toBe(before);
    expect(trace[0]?.notes).toEqual([
      '"W" is left as it is: 3 of its 256 values lie beyond ±65504.',
    ]);
  });

  test('or they become the largest', async () => {
    const { model: after, trace } = await cast(product(70000, -1e9), { overflow: 'saturate' });
    expect([...(await valuesOf(after)).slice(0, 3)]).toEqual([65504, -65504, 0.5]);
    expect(trace[0]?.notes).toEqual([
      '"W": 2 of its 256 values lie beyond ±65504 and became ±65504.',
    ]);
  });

  test('values that vanish are counted; those that only lose digits are not', async () => {
    const { model: after, trace } = await cast(product(1e-8, -2e-8, 2 ** -24, 0));
    const [first, second, third] = await valuesOf(after);
    expect([Math.abs(first!), Math.abs(second!), third]).toEqual([0, 0, 2 ** -24]);
    expect(trace[0]?.notes).toEqual([
      '"W": 2 of its 256 values are too small for float16 and became 0.',
    ]);
  });

  test('what has 16 bits already stays', async () => {
    const { trace } = await cast(types().model);
    expect(trace[0]?.notes).toEqual([
      '"A" is left as it is: it is stored in float16 already.',
      '"B" is left as it is: it takes 16 bits already, as bfloat16.',
    ]);
    expect(trace[0]?.changes.map(({ key, becomes }) => [key, becomes])).toEqual([
      ['C', 'C_float16'],
      ['D', 'D_float16'],
    ]);
  });
});
