/**
 * The quantized operators of the ONNX backend tests, dequantized. What such a test feeds besides the
 * data becomes stored first, as exported models have it; its expected outputs are the golden values.
 */
import type { Tensor as Feed } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { toFloat } from '../../../../src/core/compress/to-float/to-float.ts';
import { readOnnx, readTensor } from '../../../../src/core/onnx/read.ts';
import type { Model, Tensor } from '../../../../src/core/onnx/types.ts';
import { difference, feedOf, runModel } from '../../../onnxruntime.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { entries } from '../../../tar.ts';

const folder = 'onnx/backend/test/data/node';

interface Vector {
  readonly model: Model;
  readonly feeds: Record<string, Feed>;
  readonly expected: Record<string, Feed>;
}

/** A test with all inputs stored but those that `fed` names. */
async function vector(
  files: ReadonlyMap<string, Uint8Array>,
  name: string,
  fed: readonly string[],
): Promise<Vector> {
  const at = `${folder}/${name}`;
  const model = await readOnnx({ onnx: files.get(`${at}/model.onnx`) as Uint8Array });
  const { graph } = model;
  const read = async (kind: string, index: number, as: string): Promise<Tensor> => ({
    ...(await readTensor(files.get(`${at}/test_data_set_0/${kind}_${index}.pb`) as Uint8Array)),
    name: as,
  });
  const inputs = await Promise.all(graph.inputs.map((one, i) => read('input', i, one.name)));
  const feeds: Record<string, Feed> = {};
  for (const one of inputs) if (fed.includes(one.name)) feeds[one.name] = await feedOf(one);
  const expected: Record<string, Feed> = {};
  for (const [i, { name: output }] of graph.outputs.entries()) {
    const tensor = await read('output', i, output);
    expected[output] = await feedOf(tensor);
  }
  const frozen = {
    ...graph,
    inputs: graph.inputs.filter((one) => fed.includes(one.name)),
    initializers: inputs.filter((one) => !fed.includes(one.name)),
  };
  return { model: { ...model, graph: frozen }, feeds, expected };
}

const operators = (model: Model) => model.graph.nodes.map(({ opType }) => opType);

async function dequantized({ model }: Vector) {
  const staying: string[] = [];
  const result = await toFloat(model, {
    signal: new AbortController().signal,
    activations: true,
    everyRange: false,
    mayFold: () => true,
    wasFolded: () => undefined,
    stays: ({ opType }, reason) => staying.push(`${opType}: ${reason}`),
  });
  return { result, staying };
}

describe.skipIf(!hasShared)(hasShared ? 'ONNX backend tests' : skipReason, () => {
  const files = hasShared
    ? entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'))
    : new Map<string, Uint8Array>();
  const named = (pattern: RegExp) => {
    const found = [...files.keys()].flatMap((path) => pattern.exec(path)?.[1] ?? []);
    return [...new Set(found)].sort();
  };

  const products = [
    ...named(/node\/(test_qlinearmatmul\w+)\/model/).map((name) => [name, 'a', 'MatMul'] as const),
    ...named(/node\/(test_qlinearconv\w*)\/model/).map((name) => [name, 'x', 'Conv'] as const),
  ];

  test('there are as many as there should be', () => {
    expect(products).toHaveLength(9);
  });

  test.each(products)('%s: within one code of the expected result', async (name, data, opType) => {
    const one = await vector(files, name, [data]);
    const { result } = await dequantized(one);
    expect(operators(result)).toEqual(['DequantizeLinear', opType, 'QuantizeLinear']);
    expect(difference(await runModel(result, one.feeds), one.expected)).toBeLessThanOrEqual(1);
  });

  const readable = named(/node\/(test_dequantizelinear\w*)\/model/);

  test.each(readable)('%s: the expected values, stored', async (name) => {
    const one = await vector(files, name, []);
    const { result } = await dequantized(one);
    expect(operators(result)).toEqual(['Identity']);
    const [tensor] = result.graph.initializers;
    const [wanted] = Object.values(one.expected);
    expect(result.graph.initializers).toHaveLength(1);
    expect(tensor?.dims).toEqual(wanted?.dims);
    expect(await feedOf(tensor as Tensor)).toMatchObject({ type: wanted?.type });
    expect((await feedOf(tensor as Tensor)).data).toEqual(wanted?.data);
  });

  const alone = [
    ['test_matmulinteger', 'A'],
    ['test_convinteger_without_padding', 'x'],
    ['test_dynamicquantizelinear', 'x'],
    ['test_dynamicquantizelinear_max_adjusted', 'x'],
    ['test_dynamicquantizelinear_min_adjusted', 'x'],
  ] as const;

  test.each(alone)('%s: stays, since integers are its result, and says so', async (name, data) => {
    const one = await vector(files, name, [data]);
    const { result, staying } = await dequantized(one);
    expect(operators(result)).toEqual(operators(one.model));
    expect(difference(await runModel(result, one.feeds), one.expected)).toBe(0);
    expect(staying).toEqual([expect.stringContaining(`${operators(result).join()}: `)]);
  });
});
