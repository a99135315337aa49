/** Quantized weights in the form that each device takes: exactly what is stored, element by element. */
import type { Page } from '@playwright/test';

import { expect, open, test } from './harness/fixtures.ts';

type Device = 'wasm' | 'webgpu';

/** Opens every case of a width as one model, runs it, and gives what is wrong and which forms it took. */
function runCases(page: Page, device: Device, width: number) {
  return page.evaluate(
    async ({ device, width }) => {
      const { formsCases, openSide, writeOnnx } = window.harness;
      const cases = formsCases.formsCases().filter(({ bits }) => bits === width);
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
    { device, width },
  );
}

for (const width of [8, 4, 2]) {
  test(`WASM unpacks weights of ${width} bits exactly`, async ({ page, isolated }) => {
    await open(page, isolated);
    const { cases, differences, forms, support } = await runCases(page, 'wasm', width);
    expect(cases).toBe(40);
    expect(differences).toEqual([null, null]);
    expect(Object.values(forms).reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(forms['fold-dequantize']).toBe(20);
    // Whichever way the runtime's bundle has a kernel for, tables are never unpacked as a whole.
    const lookups = ['gather-block-quantized', 'gather-rows'].map((id) => forms[`${id}-${width}`]);
    expect(lookups).toContain(20);
    expect(Object.keys(support).some((id) => id.startsWith('matmul-nbits'))).toBe(false);
  });

  test(`WebGPU computes with weights of ${width} bits exactly`, async ({ page, isolated }) => {
    // The software adapter takes a tenth of a second for each of some hundred shaders.
    test.slow();
    await open(page, isolated);
    const { cases, differences, forms } = await runCases(page, 'webgpu', width);
    expect(cases).toBe(40);
    expect(differences).toEqual([null, null]);
    expect(forms[`matmul-nbits-${width}`]).toBe(20);
    // Rows whose zero points never fill their bytes can't stay packed here.
    expect(forms[`gather-block-quantized-${width}`]).toBe({ 8: 20, 4: 17, 2: 15 }[width]);
  });
}
