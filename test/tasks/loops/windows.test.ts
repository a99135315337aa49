/** Windows of a signal over a recurrent network, against a plain loop over a bare session. */
import { readFileSync } from 'node:fs';

import * as ort from 'onnxruntime-node';
import { describe, expect, test, vi } from 'vitest';

import type { WindowsRequest } from '../../../src/tasks/loops/loop.ts';
import { windows } from '../../../src/tasks/loops/windows.ts';
import { hasShared, sharedPath, skipReason } from '../../shared.ts';
import { all, openLoop } from './models.ts';

vi.setConfig({ testTimeout: 60_000 });

const model = sharedPath('models/silero_vad_v6.onnx');

/** The samples of a 16-bit mono WAV file, −1 to 1. */
function readWav(path: string): Float32Array {
  const bytes = readFileSync(path);
  let at = 12;
  while (bytes.toString('latin1', at, at + 4) !== 'data') at += 8 + bytes.readUInt32LE(at + 4);
  const count = bytes.readUInt32LE(at + 4) / 2;
  return Float32Array.from({ length: count }, (_, i) => bytes.readInt16LE(at + 8 + 2 * i) / 32768);
}

const request = (samples: Float32Array): WindowsRequest => ({
  input: 'input',
  samples,
  hop: 512,
  overlap: 64,
  feeds: { sr: { dtype: 'int64', dims: [], data: BigInt64Array.of(16_000n) } },
  initial: { state: { dtype: 'float32', dims: [2, 1, 128], data: new Float32Array(256) } },
});

/** As the model's own example does it: 64 samples of the window before, 512 new ones. */
async function plain(samples: Float32Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(model);
  const whole = new Float32Array(Math.ceil(samples.length / 512) * 512);
  whole.set(samples);
  let state = new ort.Tensor('float32', new Float32Array(256), [2, 1, 128]);
  let context = new Float32Array(64);
  const found: number[] = [];
  for (let start = 0; start < whole.length; start += 512) {
    const window = Float32Array.from([...context, ...whole.slice(start, start + 512)]);
    const input = new ort.Tensor('float32', window, [1, 576]);
    const sr = new ort.Tensor('int64', BigInt64Array.of(16_000n), []);
    const outputs = await session.run({ input, state, sr });
    found.push(Number(outputs['output']?.data[0]));
    state = outputs['stateN'] as typeof state;
    context = window.slice(512);
  }
  await session.release();
  return found;
}

describe.skipIf(!hasShared)(`silero VAD${hasShared ? '' : `: ${skipReason}`}`, () => {
  test.each([true, false])('hears what a plain loop hears, held: %s', async (stateful) => {
    // The end of the last window is silence.
    const samples = readWav(sharedPath('data/audio/silero_test.wav')).subarray(
      0,
      16_000 * 12 + 100,
    );
    const session = await openLoop(model, { stateful });
    const chunks = await all(windows(session, request(samples)));
    await session.release();
    const found = chunks.map(({ outputs }) => Number(outputs['output']?.data[0]));
    const wanted = await plain(samples);
    expect(found).toHaveLength(376);
    expect(Math.max(...found.map((p, index) => Math.abs(p - (wanted[index] ?? NaN))))).toBeLessThan(
      1e-6,
    );
    expect(Math.max(...found)).toBeGreaterThan(0.9);
    expect(Object.keys(chunks[0]?.outputs ?? {})).toEqual(['output']);
  });

  test('hears nothing where there are no samples', async () => {
    const session = await openLoop(model);
    expect(await all(windows(session, request(new Float32Array())))).toEqual([]);
    await session.release();
  });

  test('takes no windows at an input of another type', async () => {
    const session = await openLoop(model);
    const wrong = { ...request(new Float32Array(512)), input: 'sr' };
    await expect(all(windows(session, wrong))).rejects.toThrow('no input "sr" that takes windows');
    await session.release();
  });
});
