/** Quantized weights in the form that each device takes: exactly what is stored, element by element. */
import type { Page } from '@playwright/test';

import type { FormsCase } from '../forms-cases.ts';
import { expect, open, test } from './harness/fixtures.ts';

type Device = 'wasm' | 'webgpu';

const widths = [8, 4, 2] as const;
const isFull = process.env['SCRUNCH_FULL'] === '1';

/** Opens cases of all widths as one model, runs it, and gives what is wrong and which forms it took. */
function runCases(page: Page, device: Device, isWhole: boolean) {
  return page.evaluate(
    async ({ device, isWhole }) => {
      const { formsCases, openSide, writeOnnx } = window.harness;
      const cases: FormsCase[] = isWhole ? formsCases.formsCases() : formsCases.pairwiseCases();
      const side = await openSide(writeOnnx(formsCases.modelOf(cases)), device);
      const differences: (string | null)[] = [];
      for (const run of [0, 1]) {
        const { outputs } = await side.run(formsCases.feedsOf(cases, run));
        differences.push(formsCases.firstDifference(cases, run, outputs) ?? null);
      }
      side.close();
      const count = (form: string) => side.forms.filter((one) => one.form === form).length;
      const forms = Object.fromEntries(side.forms.map(({ form }) => [form, count(form)]));
      return { cases: cases.length, differences, forms, support: side.support };
    },
    { device, isWhole },
  );
}

test('WASM unpacks weights of every width exactly', async ({ page, isolated }) => {
  await open(page, isolated);
  const { cases, differences, forms, support } = await runCases(page, 'wasm', true);
  expect(cases).toBe(120);
  expect(differences).toEqual([null, null]);
  expect(Object.values(forms).reduce((sum, count) => sum + count, 0)).toBe(120);
  expect(forms['fold-dequantize']).toBe(60);
  for (const width of widths) {
    // Whichever way the runtime's bundle has a kernel for, tables are never unpacked as a whole.
    const lookups = ['gather-block-quantized', 'gather-rows'].map((id) => forms[`${id}-${width}`]);
    expect(lookups).toContain(20);
  }
  expect(Object.keys(support).some((id) => id.startsWith('matmul-nbits'))).toBe(false);
});

// The software adapter takes a tenth of a second of each shader, so `npm test` tries every pair of
// properties there, not every combination: SCRUNCH_FULL=1 does.
test('WebGPU computes with weights of every width exactly', async ({ page, isolated }) => {
  test.setTimeout(600_000);
  await open(page, isolated);
  const { cases, differences, forms } = await runCases(page, 'webgpu', isFull);
  expect(cases).toBe(isFull ? 120 : 60);
  expect(differences).toEqual([null, null]);
  // Rows whose zero points never fill their bytes can't stay packed here.
  const packedLookups = isFull ? { 8: 20, 4: 17, 2: 15 } : { 8: 10, 4: 9, 2: 7 };
  const expected = widths.flatMap((width): [string, number][] => [
    [`matmul-nbits-${width}`, isFull ? 20 : 10],
    [`gather-block-quantized-${width}`, packedLookups[width]],
  ]);
  expect(forms).toMatchObject(Object.fromEntries(expected));
});
