/**
 * Damaged models: whatever happens to the bytes, reading ends soon, in a model or in a ModelError,
 * and nothing is allocated that the file does not back. `SCRUNCH_MUTATIONS=10000` is the nightly size.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { graph, model, node, value } from '../../../src/core/onnx/build.ts';
import { createRandom, type Random } from '../../../src/core/math/random.ts';
import { inspect } from '../../../src/core/onnx/inspect.ts';
import { readOnnx } from '../../../src/core/onnx/read.ts';
import { loadBytes, makeTensor } from '../../../src/core/onnx/tensor.ts';
import { tensorsOf } from '../../../src/core/onnx/walk.ts';
import { writeOnnx } from '../../../src/core/onnx/write.ts';
import { hasShared, sharedPath } from '../../shared.ts';

const cases = Number(process.env['SCRUNCH_MUTATIONS'] ?? 500);
const real = [
  'mnist-8.onnx',
  'stories260K/model.onnx',
  'super_resolution/model.onnx',
  'burn_mnist.onnx',
];

/** A model with something of everything that the reader treats differently. */
async function ownModel(): Promise<Uint8Array> {
  const branch = graph({
    nodes: [
      node('Constant', [], ['b'], {
        attributes: { value: makeTensor('k', 'float32', [2], Float32Array.of(1, 2)) },
      }),
    ],
    inputs: [],
    outputs: [value('b', 'float32', [2])],
  });
  const whole = graph({
    nodes: [
      node('MatMul', ['X', 'W'], ['M'], { name: 'mul' }),
      node('If', ['c'], ['B'], { attributes: { then_branch: branch, else_branch: branch } }),
      node('Transpose', ['M'], ['T'], { attributes: { perm: [1, 0] } }),
    ],
    inputs: [value('X', 'float32', ['batch', 64]), value('c', 'bool', [])],
    outputs: [value('T', 'float32', [64, 'batch']), value('B', 'float32', [2])],
    initializers: [makeTensor('W', 'float32', [64, 64], new Float32Array(4096).fill(0.5))],
  });
  return new Uint8Array(await writeOnnx(model(whole)).onnx.arrayBuffer());
}

/** Changes a copy of the file in one of the ways in which files get damaged. */
function mutated(file: Uint8Array, random: Random): Uint8Array {
  const copy = file.slice();
  // Half of the damage goes where the structure is: near the start and the end.
  const edge = Math.min(copy.length, 4096);
  const at = (): number => {
    const where = random.uniform();
    if (where < 0.25) return Math.floor(random.uniform() * edge);
    if (where < 0.5) return copy.length - 1 - Math.floor(random.uniform() * edge);
    return Math.floor(random.uniform() * copy.length);
  };
  const kind = Math.floor(random.uniform() * 5);
  if (kind === 0) return copy.slice(0, at());
  if (kind === 1) return Buffer.concat([copy.slice(0, at()), copy.slice(at())]);
  for (let count = 1 + Math.floor(random.uniform() * 8); count > 0; count--) {
    const place = at();
    if (kind === 2) copy[place] = (copy[place] as number) ^ (1 << Math.floor(random.uniform() * 8));
    else if (kind === 3) copy[place] = Math.floor(random.uniform() * 256);
    else copy.fill(0xff, place, place + 9);
  }
  return copy;
}

/** The largest typed array made since the last look, in bytes. */
let largest = 0;
const watched = [
  'Uint8Array',
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Int32Array',
  'BigInt64Array',
  'Uint16Array',
  'ArrayBuffer',
] as const;
const originals = watched.map((name) => [name, globalThis[name]] as const);

beforeAll(() => {
  for (const [name, original] of originals) {
    const width = 'BYTES_PER_ELEMENT' in original ? original.BYTES_PER_ELEMENT : 1;
    const construct = (target: object, args: unknown[], newTarget: () => void): object => {
      if (typeof args[0] === 'number') largest = Math.max(largest, args[0] * width);
      return Reflect.construct(target as () => void, args, newTarget) as object;
    };
    Reflect.set(globalThis, name, new Proxy(original, { construct }));
  }
});
afterAll(() => {
  for (const [name, original] of originals) Reflect.set(globalThis, name, original);
});

/** What opening, looking and saving do. Returns the error's name, or '' where all went well. */
async function use(file: Uint8Array): Promise<string> {
  try {
    const opened = await readOnnx({ onnx: new Blob([file as Uint8Array<ArrayBuffer>]) });
    for (const tensor of tensorsOf(opened)) if (tensor.dtype !== 'string') await loadBytes(tensor);
    inspect(opened);
    const edited = { ...opened, graph: { ...opened.graph } };
    await readOnnx({ onnx: writeOnnx(edited).onnx });
    return '';
  } catch (error) {
    return error instanceof Error ? error.name : 'something that is no Error';
  }
}

test(
  `${cases} damaged models: a model or a ModelError, soon, within the file's size`,
  async () => {
    const files = [await ownModel()];
    if (hasShared)
      files.push(
        ...real.map((name) => Uint8Array.from(readFileSync(sharedPath(`models/${name}`)))),
      );
    const outcomes = new Map<string, number>();
    for (let index = 0; index < cases; index++) {
      const file = mutated(files[index % files.length] as Uint8Array, createRandom(index));
      largest = 0;
      const start = performance.now();
      const outcome = await use(file);
      expect(performance.now() - start, `time of case ${index}`).toBeLessThan(20_000);
      // Typed fields decode to at most eight times their size; windows and chunks add a little.
      expect(largest, `largest allocation of case ${index}`).toBeLessThan(
        8 * file.length + 600_000,
      );
      expect(['', 'ModelError'], `case ${index}`).toContain(outcome);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(outcomes.get('ModelError')).toBeGreaterThan(cases / 20);
  },
  cases * 200 + 60_000,
);
