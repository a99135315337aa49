/**
 * The ONNX backend tests: models of one or few nodes, from opset 1 on, with inputs and expected
 * outputs. Each is upgraded and runs before and after on onnxruntime. Here one for every operator and
 * opset; with SCRUNCH_FULL=1 all of them.
 */
import type { Tensor as Feed } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { opsetOf } from '../../../src/core/onnx/opset.ts';
import { readOnnx, readTensor } from '../../../src/core/onnx/read.ts';
import type { Model, ValueInfo } from '../../../src/core/onnx/types.ts';
import { upgradeOpset } from '../../../src/core/onnx/upgrade.ts';
import { difference, feedOf, runModel, type Outputs } from '../../onnxruntime.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { entries } from '../../tar.ts';

const isFull = process.env.SCRUNCH_FULL === '1';

/** What onnxruntime 1.30 can no longer run at 25: it does not expand functions of 24 there. */
const lost: Readonly<Record<number, readonly string[]>> = { 25: ['test_swish'] };

interface Vector {
  readonly name: string;
  readonly model: Model;
  readonly opset: number;
  readonly folder: string;
}
type Outcome = 'equal' | 'as expected' | 'runs neither before nor after' | 'not tensors' | 'random';

async function* vectors(
  files: ReadonlyMap<string, Uint8Array>,
  version: number,
): AsyncGenerator<Vector> {
  const seen = new Set<string>();
  for (const path of [...files.keys()].filter((one) => one.endsWith('/model.onnx')).sort()) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    const model = await readOnnx({ onnx: files.get(path) as Uint8Array });
    const opset = opsetOf(model) ?? version;
    if (opset >= version) continue;
    const kind = `${opset} ${model.graph.nodes.map(({ opType }) => opType).join()}`;
    if (seen.has(kind) && !isFull) continue;
    seen.add(kind);
    yield { name: folder.slice(folder.lastIndexOf('/') + 1), model, opset, folder };
  }
}

/** The tensors of a test by the names of the values; undefined where one is no tensor. */
async function stored(
  files: ReadonlyMap<string, Uint8Array>,
  prefix: string,
  values: readonly ValueInfo[],
): Promise<Record<string, Feed> | undefined> {
  const found: Record<string, Feed> = {};
  for (const [at, { name, type }] of values.entries()) {
    const bytes = files.get(`${prefix}_${at}.pb`);
    if (!type?.tensorType) return undefined;
    if (bytes) found[name] = await feedOf(await readTensor(bytes));
  }
  return found;
}

const attempt = (run: Promise<Outputs>): Promise<Outputs | string> =>
  run.catch((error: unknown) => String(error));

/** Errors: Error where the upgrade changed what the model does. */
async function check(
  { model, folder }: Vector,
  files: ReadonlyMap<string, Uint8Array>,
  version: number,
): Promise<Outcome> {
  const upgraded = await upgradeOpset(model, version);
  const { inputs, outputs, initializers } = model.graph;
  const fed = inputs.filter(({ name }) => !initializers.some((one) => one.name === name));
  const feeds = await stored(files, `${folder}/test_data_set_0/input`, fed);
  const expected = await stored(files, `${folder}/test_data_set_0/output`, outputs);
  if (!feeds || !expected) return 'not tensors';
  const before = await attempt(runModel(model, feeds));
  const after = await attempt(runModel(upgraded, feeds));
  if (typeof after === 'string') {
    if (typeof before === 'string') return 'runs neither before nor after';
    throw new Error(`no longer runs: ${after}`);
  }
  if (typeof before === 'string') {
    if (difference(after, expected) < 1e-5) return 'as expected';
    throw new Error(`is off by ${difference(after, expected)}`);
  }
  if (difference(before, after) <= 1e-6) return 'equal';
  if (difference(before, await runModel(model, feeds)) > 0) return 'random';
  throw new Error(`differs by ${difference(before, after)}`);
}

describe.skipIf(!hasShared)(`ONNX backend tests${hasShared ? '' : ` (${skipReason})`}`, () => {
  test.each([21, 25])(
    'give the same at opset %i',
    async (version) => {
      const files = entries(sharedPath('vectors/onnx_backend_test_data.tar.gz'));
      const counts: Record<string, number> = {};
      const wrong: string[] = [];
      for await (const vector of vectors(files, version)) {
        try {
          const outcome = await check(vector, files, version);
          counts[outcome] = (counts[outcome] ?? 0) + 1;
        } catch (error) {
          if (!lost[version]?.includes(vector.name)) wrong.push(`${vector.name} ${String(error)}`);
        }
      }
      expect(wrong).toEqual([]);
      expect(counts.equal).toBeGreaterThan(isFull ? 1000 : 150);
    },
    120_000,
  );
});
