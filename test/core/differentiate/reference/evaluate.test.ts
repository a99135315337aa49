/** The reference against the test vectors of the ONNX project: float models of one or few nodes from opset 13 on. */
import { describe, expect, test } from 'vitest';

import { opsetOf } from '../../../../src/core/onnx/opset.ts';
import { readOnnx, readTensor } from '../../../../src/core/onnx/read.ts';
import { loadBytes, loadFloats, loadIntegers } from '../../../../src/core/onnx/tensor.ts';
import type { Model, Tensor, ValueInfo } from '../../../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../../../shared.ts';
import { entries } from '../../../tar.ts';
import type { NumberArray } from './array.ts';
import { evaluate, operators } from './evaluate.ts';

/** What the reference leaves out, by the vector's name. */
const left: readonly RegExp[] = [
  /_expanded/, // the same operators once more
  /training|dropout_random/, // other outputs, and chance
  /argmax_2d_precomputed_strides/, // places column by column
  /last_window_starts_on_pad/, // expected values of four digits
  /float16|FLOAT16|BFLOAT16|e4m3|e5m2|E4M3|E5M2|E8M0|float4|FLOAT4|DOUBLE_to_FLOAT/, // no rounding to fewer bits
];

/** Operators that are as they were before opset 13. */
const old = new Set(['And', 'Einsum', 'Not', 'Or']);

/** onnxruntime's own operators have no vectors; `onnxruntime.test.ts` looks at them. */
const foreign = ['FastGelu', 'FusedMatMul', 'QuickGelu', 'SimplifiedLayerNormalization'];

interface Vector {
  readonly model: Model;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly folder: string;
}

/** The values of a test by name; undefined where one is no tensor of numbers. */
async function valuesOf(
  { files, folder }: Vector,
  what: 'input' | 'output',
  infos: readonly ValueInfo[],
): Promise<Map<string, NumberArray> | undefined> {
  const found = new Map<string, NumberArray>();
  for (const [index, { name, type }] of infos.entries()) {
    const bytes = files.get(`${folder}/test_data_set_0/${what}_${index}.pb`);
    if (!type?.tensorType || !bytes) return undefined;
    const tensor = await readTensor(bytes);
    const data = await numbersOf(tensor);
    if (!data) return undefined;
    found.set(name, { dims: tensor.dims, dtype: tensor.dtype, data });
  }
  return found;
}

async function numbersOf(tensor: Tensor): Promise<Float64Array | undefined> {
  const { dtype } = tensor;
  if (/^u?int|^bool/.test(dtype)) return Float64Array.from(await loadIntegers(tensor));
  if (dtype === 'float32') return Float64Array.from(await loadFloats(tensor));
  if (dtype !== 'float64') return undefined;
  return new Float64Array(new Uint8Array(await loadBytes(tensor)).buffer);
}

const isNear = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-6 + 2e-6 * Math.abs(b);

function isEqual(a: NumberArray | undefined, b: NumberArray): boolean {
  return (
    a?.dims.join() === b.dims.join() && a.data.every((one, index) => isNear(one, b.data[index]!))
  );
}

/** Errors: Error that says what is wrong. Gives false where there is nothing to compare. */
async function check(vector: Vector): Promise<boolean> {
  const { nodes, inputs, outputs, initializers } = vector.model.graph;
  const values = await valuesOf(vector, 'input', inputs);
  const expected = await valuesOf(vector, 'output', outputs);
  if (!values || !expected || initializers.length > 0) return false;
  const all = evaluate(nodes, values);
  for (const [name, one] of expected) {
    if (!isEqual(all.get(name), one)) throw new Error(`${name} differs`);
  }
  return true;
}

describe.skipIf(!hasShared)(`ONNX backend tests${hasShared ? '' : ` (${skipReason})`}`, () => {
  test('the reference gives what they expect', async () => {
    const files = entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'));
    const tested = new Set<string>();
    const wrong: string[] = [];
    for (const [path, bytes] of files) {
      if (!path.endsWith('/model.onnx') || left.some((one) => one.test(path))) continue;
      const folder = path.slice(0, path.lastIndexOf('/'));
      const model = await readOnnx({ onnx: bytes });
      const { nodes } = model.graph;
      const isKnown = nodes.every(({ opType }) => Object.hasOwn(operators, opType));
      const isOld = nodes.every(({ opType }) => old.has(opType));
      if (!isKnown || (!isOld && (opsetOf(model) ?? 0) < 13)) continue;
      try {
        const compared = await check({ model, files, folder });
        if (compared) for (const { opType } of nodes) tested.add(opType);
      } catch (error) {
        wrong.push(`${folder.slice(folder.lastIndexOf('/') + 1)}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
    const untested = Object.keys(operators).filter((name) => !tested.has(name));
    expect(untested.sort()).toEqual(foreign);
  }, 60_000);
});
