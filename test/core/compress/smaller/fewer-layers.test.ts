import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withFewerLayers } from '../../../../src/core/compress/smaller/fewer-layers.ts';
import { createRandom } from '../../../../src/core/math/random.ts';
import { countParameters } from '../../../../src/core/onnx/parameters.ts';
import { readOnnx } from '../../../../src/core/onnx/read.ts';
import { inputsOf, outputsOf } from '../../../../src/core/onnx/signature.ts';
import { cachedDecoder } from '../../../../src/zoo/architectures/decoder.ts';
import { visionTransformer } from '../../../../src/zoo/architectures/vision-transformer.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import {
  feedsOf,
  furthest,
  plainNetwork,
  residualNetwork,
  run,
  runtime,
  storedDims,
  withZeros,
} from './networks.ts';

const all = { axis: 0, isZero: () => true };

describe('withFewerLayers', () => {
  test('all layers kept, or none found, give the very model', async () => {
    const model = residualNetwork(2);
    expect((await withFewerLayers(model, 1, { runtime })).model).toBe(model);
    const plain = plainNetwork();
    const small = await withFewerLayers(plain, 0.5, { runtime });
    expect(small.model).toBe(plain);
    expect(small.notes).toEqual(['No layer can be left out: no residual block was found.']);
  });

  test('the first and the last layer stay, and those between evenly spaced', async () => {
    const { model } = await withFewerLayers(residualNetwork(5), 0.6, { runtime });
    const blocks = new Set(
      Object.keys(storedDims(model)).flatMap((name) => /^blocks\.(\d)/.exec(name)?.[1] ?? []),
    );
    expect([...blocks]).toEqual(['0', '2', '4']);
  });

  test('a block that adds nothing can go, and the outputs stay', async () => {
    const model = await withZeros(residualNetwork(3), { 'blocks.1.down.weight': all });
    const feeds = await feedsOf(model);
    const { model: small, notes } = await withFewerLayers(model, 0.67, { runtime });
    expect(notes).toContain('Left out: the layer that ends at Add "blocks.1.add".');
    expect(furthest(await run(model, feeds), await run(small, feeds), 'scores')).toBe(0);
  });

  test('attention and the MLP after it go together', async () => {
    const sizes = { width: 16, heads: 2, hidden: 32, layers: 4, patch: 14, stride: 14 };
    const model = visionTransformer(sizes, 'batch', createRandom(1));
    const { model: small } = await withFewerLayers(model, 0.5, { runtime });
    const fewer = visionTransformer({ ...sizes, layers: 2 }, 'batch', createRandom(1));
    expect(countParameters(small)).toBe(countParameters(fewer));
    expect((await run(small, await feedsOf(small))).logits?.dims).toEqual([3, 10]);
  });

  test('caches of dropped layers vanish, and the others are counted without gaps', async () => {
    const sizes = { vocabulary: 16, width: 16, heads: 2, keyValueHeads: 1, hidden: 16, layers: 3 };
    const model = cachedDecoder({ ...sizes, epsilon: 1e-5, theta: 10000 }, createRandom(1));
    const { model: small, notes } = await withFewerLayers(model, 0.67, { runtime });
    const caches = ['0.key', '0.value', '1.key', '1.value'];
    expect(inputsOf(small).map(({ name }) => name)).toEqual([
      'input_ids',
      'attention_mask',
      'position_ids',
      ...caches.map((one) => `past_key_values.${one}`),
    ]);
    expect(outputsOf(small).map(({ name }) => name)).toEqual([
      'logits',
      ...caches.map((one) => `present.${one}`),
    ]);
    expect(notes.join('\n')).toContain('"present.2.key" is "present.1.key"');
    expect(Object.keys(storedDims(small)).some((name) => name.startsWith('layers.2'))).toBe(true);
  });

  test('fresh weights are drawn whatever stays', async () => {
    const model = residualNetwork(2);
    const options = { runtime, weights: 'fresh', random: createRandom(1) } as const;
    const { model: small } = await withFewerLayers(model, 1, options);
    const feeds = await feedsOf(model);
    expect(furthest(await run(model, feeds), await run(small, feeds), 'scores')).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasShared)(`real models${hasShared ? '' : `: ${skipReason}`}`, () => {
  test('stories260K without two of its five layers', async () => {
    const file = sharedPath('models/stories260K/model.onnx');
    const model = await readOnnx({ onnx: readFileSync(file) });
    const { model: small } = await withFewerLayers(model, 0.6, { runtime });
    // A layer has q and o of 64×64, k and v of 64×32, three of 64×172, two norms.
    const layer = 2 * 64 * 64 + 2 * 64 * 32 + 3 * 64 * 172 + 2 * 64;
    expect(countParameters(model) - countParameters(small)).toBe(2 * layer);
  }, 60_000);
});
