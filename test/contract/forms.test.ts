/**
 * Every form against onnxruntime-node, element by element: what a form computes is exactly what the
 * stored codes, scales and zero points say.
 */
import { describe, expect, test } from 'vitest';
import { codedWeights } from '../../src/core/compress/realize/coded-weight.ts';
import { dequantize } from '../../src/core/compress/realize/dequantize.ts';
import {
  formIds,
  forms,
  operatorForms,
  type FormId,
} from '../../src/core/compress/realize/forms.ts';
import { probeForms } from '../../src/core/compress/realize/probe.ts';
import { realizeWith } from '../../src/core/compress/realize/realize.ts';
import { value } from '../../src/core/onnx/build.ts';
import { writeOnnx } from '../../src/core/onnx/write.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { feedsOf, firstDifference, formsCases, modelOf, type FormsCase } from '../forms-cases.ts';

const runtime = nodeRuntime();
const cases = formsCases();
const opTypes = {
  'matmul-nbits': 'MatMulNBits',
  'gather-block-quantized': 'GatherBlockQuantized',
  'gather-rows': 'Gather',
} as const;

/** Runs cases in one form. Gives the operators that ran, and the first element that is wrong. */
async function runIn(form: FormId, chosen: readonly FormsCase[]) {
  const only = (id: FormId) => (id === form ? undefined : 'not asked for');
  const realized = await realizeWith(modelOf(chosen), 'cpu', only);
  const session = await runtime.createSession(writeOnnx(realized.model), realized.session);
  const differences: (string | undefined)[] = [];
  for (const run of [0, 1]) {
    const results = await session.run(feedsOf(chosen, run));
    differences.push(firstDifference(chosen, run, results));
  }
  await session.release();
  const ops = new Set(realized.model.graph.nodes.map(({ opType }) => opType));
  return { ops, differences, forms: new Set(realized.forms.map((one) => one.form)) };
}

describe('the canonical form', () => {
  for (const bits of [8, 4, 2] as const) {
    test(`${bits} bits: onnxruntime's DequantizeLinear and ours give every element`, async () => {
      const chosen = cases.filter((one) => one.bits === bits);
      const plain = modelOf(chosen);
      const outputs = chosen.map(({ weight }) => value(weight, 'float32'));
      const dequantizers = plain.graph.nodes.filter(({ opType }) =>
        ['Cast', 'Mul', 'DequantizeLinear'].includes(opType),
      );
      const graph = { ...plain.graph, nodes: dequantizers, inputs: [], outputs };
      const session = await runtime.createSession(writeOnnx({ ...plain, graph }));
      const results = await session.run({});
      await session.release();
      for (const weight of codedWeights(plain)) {
        const wanted = chosen.find((one) => one.weight === weight.value);
        expect(results[weight.value]?.data, weight.value).toEqual(wanted?.elements);
        expect(await dequantize(weight), weight.value).toEqual(wanted?.elements);
      }
    });
  }
});

describe.each(Object.entries(operatorForms))('%s', (id, { bits, operators }) => {
  const form = id as FormId;
  const kind = operators[0] === 'Gather' ? 'lookup' : 'product';
  const chosen = cases.filter((one) => one.bits === bits && one.kind === kind);

  test.each([true, false])('every block size and part of one, symmetric: %s', async (symmetric) => {
    const half = chosen.filter((one) => one.symmetric === symmetric);
    expect(half).toHaveLength(10);
    const { ops, differences, forms: used } = await runIn(form, half);
    expect(differences).toEqual([undefined, undefined]);
    expect([...used]).toEqual([form]);
    const family = id.slice(0, id.lastIndexOf('-')) as keyof typeof opTypes;
    expect(ops).toContain(opTypes[family]);
  });
});

describe('fold-dequantize', () => {
  test.each([8, 4, 2] as const)('every case of %i bits', async (bits) => {
    const chosen = cases.filter((one) => one.bits === bits);
    const { differences, forms: used } = await runIn('fold-dequantize', chosen);
    expect(differences).toEqual([undefined, undefined]);
    expect([...used]).toEqual(['fold-dequantize']);
  });
});

describe('the probes', () => {
  test('find every form right on onnxruntime-node', async () => {
    const support = await probeForms(runtime, formIds);
    for (const id of formIds) {
      const verdict = support[id];
      expect(verdict, id).toMatchObject({ available: true });
      // Lookups unpack exactly; sums of up to 300 float32 products differ in their last digits.
      const bound = id.startsWith('gather') ? 0 : id === 'float16' ? 2e-3 : 1e-5;
      expect(verdict?.available === true && verdict.error <= bound, id).toBe(true);
    }
  });

  test('leave out what the device should avoid', async () => {
    const support = await probeForms(runtime);
    const tried = formIds.filter((id) => support[id]);
    expect(tried).toEqual(formIds.filter((id) => !forms[id].avoid.cpu));
  });
});
