import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { presets } from '../../../src/core/compress/presets.ts';
import { open } from '../../../src/node/api.ts';
import { glimpseOf } from '../../../src/node/train/glimpse.ts';
import type { Glimpse } from '../../../src/zoo/glimpse.ts';
import { zoo } from '../../../src/zoo/index.ts';

const models = fileURLToPath(new URL('../../../public/models', import.meta.url));
const recorded = async (id: string): Promise<Glimpse> =>
  JSON.parse(await readFile(`${models}/${id}/glimpse.json`, 'utf8')) as Glimpse;

describe('what was recorded of the embedded models', () => {
  test('is what the digits and their 4-bit version say today', async () => {
    const now = await glimpseOf('digits', await open(`${models}/digits/onnx/model.onnx`));
    const then = await recorded('digits');
    if (now.kind !== 'digit' || then.kind !== 'digit') throw new Error('Digits are drawn.');
    expect(now.bytes).toBe(then.bytes);
    for (const side of ['original', 'compressed'] as const) {
      expect(now[side]).toHaveLength(10);
      // Processors round the last digits differently.
      now[side].forEach((share, digit) => expect(share).toBeCloseTo(then[side][digit]!, 2));
      expect(then[side].indexOf(Math.max(...then[side]))).toBe(7);
    }
  });

  test.each(Object.keys(zoo))('is there for %s: a 4-bit version, far smaller', async (id) => {
    const { recipe, name, bytes } = await recorded(id);
    expect(recipe).toEqual(presets.int4.recipe);
    expect(name).toBe(presets.int4.label);
    const { size } = await stat(`${models}/${id}/onnx/model.onnx`);
    expect(bytes / size).toBeGreaterThan(4 / 32);
    expect(bytes / size).toBeLessThan(0.2);
  });

  test('of two stories shows where they part', async () => {
    const story = await recorded('storyteller');
    if (story.kind !== 'story') throw new Error('The storyteller tells stories.');
    expect(story.original).not.toEqual(story.compressed);
    expect(story.original[0]).toBe(story.compressed[0]);
  });
});
