import { expect, test } from 'vitest';

import { papersOf } from '../../../src/core/export/layout.ts';
import { measured, reportOf, type ReportInput } from '../../../src/core/export/report.ts';
import { reportHtml } from '../../../src/core/export/report-html.ts';

const input: ReportInput = {
  name: 'small',
  original: { name: 'large', source: 'huggingface.co/owner/large' },
  recipe: { version: 1, seed: 0, steps: [{ technique: 'quantize-block', options: { bits: 4 } }] },
  trace: [
    {
      step: { technique: 'quantize-block', options: { bits: 4 } },
      changes: [
        {
          key: 'layer.weight',
          role: 'mlp-up',
          before: { dtype: 'float32', dims: [64, 128], bytes: 32768 },
          after: { dtype: 'int4', dims: [64, 128], bytes: 5120 },
        },
      ],
      notes: ['Weight "tiny" was left alone.'],
      cached: true,
    },
  ],
  size: {
    original: {
      stored: 40_000,
      coded: 36_000,
      parts: [{ role: 'mlp-up', count: 1, bytes: 32768 }],
    },
    compressed: {
      stored: 10_000,
      coded: 9_000,
      parts: [{ role: 'mlp-up', count: 1, bytes: 4096 }],
    },
  },
};

test('says what is known, and nothing of how the page came to know it', () => {
  const report = reportOf(input);
  expect(report).toMatchObject({ version: 1, name: 'small', scores: [] });
  expect(report.steps).toEqual([
    { step: input.trace[0]?.step, changes: input.trace[0]?.changes, notes: input.trace[0]?.notes },
  ]);
  expect(report).not.toHaveProperty('latency');
});

test('a comparison becomes figures that say how they were got', () => {
  const laps = { p50: 2, p95: 3, n: 20, forms: { MatMulNBits: 4 } };
  const { scores, latency } = measured({
    quality: {
      samples: 8,
      inputs: 'random, seed 0',
      outputs: [
        {
          name: 'logits',
          dtype: 'float32',
          dims: [1, 2],
          nonFinite: { original: 0, compressed: 0 },
          metrics: { 'top-1': { value: 0.875, n: 8, interval: [0.53, 0.98] } },
        },
      ],
    },
    latency: { device: 'cpu', original: laps, compressed: laps },
  });
  expect(scores).toEqual([
    {
      label: expect.stringContaining('“logits”') as string,
      unit: 'share',
      better: 'higher',
      compressed: 0.875,
      n: 8,
      interval: [0.53, 0.98],
      on: 'random inputs, seed 0',
      device: 'cpu',
    },
  ]);
  expect(latency.original).toEqual({ p50: 2, p95: 3, n: 20 });
  const page = reportHtml(reportOf({ ...input, scores, latency }));
  expect(page).toContain('87.5 % (95 %: 53.0 % to 98.0 %)');
  expect(page).toContain('random inputs, seed 0, n = 8, on cpu');
  expect(page).toContain('4 × MatMulNBits');
});

test('the page has the figures, in words', () => {
  const page = reportHtml(reportOf(input));
  expect(page).toContain('−75.0 %');
  expect(page).toContain('40.0 kB became 10.0 kB.');
  expect(page).toContain('Not measured');
  expect(page).toContain('int4 [64, 128]');
  expect(page).toContain('Weight &quot;tiny&quot; was left alone.');
});

test('images that are equal have an endless PSNR, in words and in JSON', async () => {
  const score = { label: 'PSNR', unit: 'dB', better: 'higher', n: 1, on: 'hills' } as const;
  const report = reportOf({ ...input, scores: [{ ...score, compressed: Infinity }] });
  expect(reportHtml(report)).toContain('∞ dB');
  const files = new Map(papersOf(undefined, report));
  const parsed: unknown = JSON.parse((await files.get('report.json')?.text()) ?? '');
  expect(parsed).toMatchObject({ scores: [{ label: 'PSNR', compressed: 'Infinity' }] });
});

test('names from a model are text, not markup', () => {
  const evil = `<img src=x onerror="alert(1)">'&</style><script>alert(2)</script>\u202etxt`;
  const change = input.trace[0]!.changes[0]!;
  const page = reportHtml(
    reportOf({
      ...input,
      name: evil,
      original: { name: evil, source: evil },
      trace: [{ ...input.trace[0]!, notes: [evil], changes: [{ ...change, key: evil }] }],
      scores: [{ label: evil, unit: '', better: 'lower', compressed: 0, n: 1, on: evil }],
      latency: {
        device: { original: 'wasm', compressed: 'wasm' },
        original: { p50: 1, p95: 1, n: 1 },
        compressed: { p50: 1, p95: 1, n: 1 },
        forms: { original: { [evil]: 1 }, compressed: {} },
        how: evil,
      },
    }),
  );
  expect(page).not.toMatch(/<img|<script|\u202e/);
  expect(page.match(/<\/style>/g)).toHaveLength(1);
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;');
});

test('the page loads nothing and runs nothing', () => {
  const page = reportHtml(reportOf(input));
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/https?:|url\(|@import| on\w+=|<script|<link/);
  expect(page).toContain('prefers-color-scheme: dark');
});
