import { describe, expect, test } from 'vitest';

import { compress } from '../../../src/core/compress/compress.ts';
import { parseRecipe } from '../../../src/core/compress/recipe.ts';
import { originalKeys } from '../../../src/core/inspect/tensor-successors.ts';
import { layerOf, treemapOf } from '../../../src/core/inspect/treemap-layout.ts';
import { bytesOf, squarified, type Box } from '../../../src/core/inspect/treemap.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { mlp } from '../compress/fixtures.ts';

const sizes = (...all: number[]) => all.map((size) => ({ size, item: size }));
const area = ({ width, height }: Box) => width * height;
const overlap = (a: Box, b: Box) =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

describe('squarified', () => {
  test('the example of the paper: 6 6 4 3 2 2 1 in 6 × 4', () => {
    const box = { x: 0, y: 0, width: 6, height: 4 };
    const placed = squarified(sizes(6, 6, 4, 3, 2, 2, 1), box).map((one) => one.box);
    const round = (value: number) => Math.round(value * 100) / 100;
    const shown = placed.map(({ x, y, width, height }) => [x, y, width, height].map(round));
    expect(shown.slice(0, 5)).toEqual([
      [0, 0, 3, 2],
      [0, 2, 3, 2],
      [3, 0, 1.71, 2.33],
      [4.71, 0, 1.29, 2.33],
      [3, 2.33, 1.2, 1.67],
    ]);
  });

  test('areas in proportion, none over another, all inside', () => {
    const box = { x: 10, y: 5, width: 300, height: 180 };
    const values = Array.from({ length: 40 }, (_, at) => (at * 7919) % 97);
    const total = values.reduce((sum, value) => sum + value, 0);
    const placed = squarified(sizes(...values), box);
    expect(placed).toHaveLength(values.filter((value) => value > 0).length);
    for (const one of placed) {
      expect(area(one.box)).toBeCloseTo((one.item * area(box)) / total, 6);
      expect(overlap(one.box, box)).toBeCloseTo(area(one.box), 6);
      for (const other of placed) {
        if (other !== one) expect(overlap(one.box, other.box)).toBeLessThan(1e-6);
      }
    }
  });

  test('nothing for nothing', () => {
    expect(squarified(sizes(0, 0), { x: 0, y: 0, width: 1, height: 1 })).toEqual([]);
    expect(squarified(sizes(1), { x: 0, y: 0, width: 0, height: 1 })).toEqual([]);
  });
});

describe('the treemap of a model', () => {
  test('all bytes of the file, scales and zero points with their weight', async () => {
    const options = { bits: 4, blockSize: 16, symmetric: false };
    const recipe = parseRecipe({ version: 1, steps: [{ technique: 'quantize-block', options }] });
    const before = mlp().model;
    const files = writeOnnx((await compress(before, recipe)).model);
    const model = await readOnnx(files);
    const entries = bytesOf(model, files.onnx.size, originalKeys(before, model));
    expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(files.onnx.size);
    const of = (kind: string) => entries.filter((one) => one.kind === kind);
    expect(of('codes').map(({ bytes }) => bytes)).toEqual([(48 * 40) / 2, (48 * 24) / 2]);
    expect(of('scales')).toHaveLength(2);
    expect(of('zero-points')).toHaveLength(2);
    for (const { role, weight } of [...of('scales'), ...of('zero-points')]) {
      expect(role).not.toBe('scales');
      expect(weight).toMatch(/^W[12]$/);
    }
    const { cells } = treemapOf(entries, 400, 300);
    expect(cells.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(files.onnx.size);
  });

  test('thousands of small tensors become one cell that counts them', () => {
    const small = Array.from({ length: 5000 }, (_, at) => ({
      ...{ name: `bias${at}`, role: 'other-tensors', kind: 'values', weight: '' },
      ...{ dims: [4], bytes: 16 },
    })) as Parameters<typeof treemapOf>[0];
    const { cells } = treemapOf(small, 300, 200);
    expect(cells).toHaveLength(1);
    expect(cells[0]).toMatchObject({ count: 5000, bytes: 80_000 });
  });

  test('layers by their names', () => {
    expect(layerOf('model.layers.12.q_proj.weight')).toBe('layer 12');
    expect(layerOf('/encoder/block.3/fc')).toBe('layer 3');
    expect(layerOf('features.0.weight')).toBe('layer 0');
    expect(layerOf('embed_tokens')).toBe('');
  });
});
