/** Sounds: curves of both sides over a file or a recording, read by eye, by key and as a table. */
import type { Page } from '@playwright/test';

import { graph, model, node, value } from '../../src/core/onnx/build.ts';
import { makeTensor } from '../../src/core/onnx/tensor.ts';
import type { Model } from '../../src/core/onnx/types.ts';
import { hasShared, sharedPath, skipReason } from '../shared.ts';
import { expect, test } from './fixtures.ts';
import { changeInSize, expectAccessible, expectNoSidewaysScroll, pick } from './pages.ts';
import { fileOf } from './small-models.ts';

/** Hears how loud it is: the sigmoid of 0.1 × the sum of a window's magnitudes, less 3. Shaped as silero's model. */
function loudness(): Model {
  const samples = 576;
  return model(
    graph({
      inputs: [
        value('input', 'float32', ['batch', samples]),
        value('state', 'float32', [2, 'batch', 4]),
        value('sr', 'int64', []),
      ],
      outputs: [
        value('output', 'float32', ['batch', 1]),
        value('stateN', 'float32', [2, 'batch', 4]),
      ],
      initializers: [
        makeTensor('weight', 'float32', [samples, 1], new Float32Array(samples).fill(0.1)),
        makeTensor('bias', 'float32', [1], Float32Array.of(-3)),
      ],
      nodes: [
        node('Abs', ['input'], ['loud']),
        node('MatMul', ['loud', 'weight'], ['sum'], { name: 'sum' }),
        node('Add', ['sum', 'bias'], ['score']),
        node('Sigmoid', ['score'], ['output']),
        node('Identity', ['state'], ['stateN']),
      ],
    }),
  );
}

/** 16-bit PCM, one channel, 16 kHz: a second of silence, one of a tone, one of silence. */
function beep(): Buffer {
  const rate = 16_000;
  const wav = Buffer.alloc(44 + 3 * rate * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(wav.length - 44, 40);
  for (let at = rate; at < 2 * rate; at++) {
    wav.writeInt16LE(Math.round(16_000 * Math.sin((2 * Math.PI * 440 * at) / rate)), 44 + at * 2);
  }
  return wav;
}

async function openLoudness(page: Page): Promise<void> {
  await page.goto('/');
  await pick(page, await fileOf('loudness.onnx', loudness()));
  await changeInSize(page);
}

const giveBeep = (page: Page) =>
  page
    .getByTestId('input')
    .setInputFiles({ name: 'beep.wav', mimeType: 'audio/wav', buffer: beep() });

test('a file’s curves are drawn, read at any moment, and listed', async ({ page }) => {
  await openLoudness(page);
  await giveBeep(page);
  await expect(page.getByText('beep.wav, 3.0 s')).toBeVisible();
  // 94 windows of 32 ms, of which a third is loud.
  await expect(page.getByText(/above 0\.5 in 3[34]\.\d % of the time/)).toBeVisible();
  await expect(page.getByText(/of 94 steps|gives the same/)).toBeVisible();
  const position = page.getByRole('slider', { name: 'Position' });
  await position.fill('1.504');
  await expect(page.getByText('1.5 s: original 1.00, compressed 1.00')).toBeVisible();
  await position.press('Home');
  await expect(position).toHaveAttribute('aria-valuetext', /^0\.0 s: original 0\.05/);
  await page.getByRole('checkbox', { name: 'Table' }).check();
  const rows = page.getByRole('region', { name: 'Mean probability' }).getByRole('row');
  await expect(rows).toHaveCount(4);
  // 31 windows of silence, sigmoid(−3) = 0.047 each, and one that reaches into the tone.
  await expect(rows.nth(1)).toContainText('0.077');
  await expect(rows.nth(2)).toContainText(/^1\s*(0\.9|1\.0)/);
  await expectAccessible(page);

  // What is no sound is said, and what was heard before stays.
  await page
    .getByTestId('input')
    .setInputFiles({ name: 'note.wav', mimeType: 'audio/wav', buffer: Buffer.from('no sound') });
  await expect(page.getByRole('alert')).toContainText('note.wav');
  await expect(page.getByText('beep.wav, 3.0 s')).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSidewaysScroll(page);
});

test('a recording, once it is allowed, is used when it is stopped', async ({ page }) => {
  await page.addInitScript(() => {
    let asked = 0;
    // A microphone in front of a whistle, allowed when it is asked for again.
    navigator.mediaDevices.getUserMedia = () => {
      asked += 1;
      if (asked === 1) {
        return Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));
      }
      const context = new AudioContext();
      const whistle = context.createOscillator();
      const microphone = context.createMediaStreamDestination();
      whistle.connect(microphone);
      whistle.start();
      return Promise.resolve(microphone.stream);
    };
  });
  await openLoudness(page);
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.getByRole('alert')).toContainText('does not allow the microphone');
  await page.getByRole('button', { name: 'Record' }).click();
  await expect(page.getByText(/[1-9]\d*\.\d s of 60 s/)).toBeVisible();
  await page.getByRole('button', { name: 'Stop recording' }).click();
  await expect(page.getByText(/^Recording, /)).toBeVisible();
  await expect(page.getByText(/The original is above 0\.5 in ([5-9]\d\.\d|100) %/)).toBeVisible();
});

test(`silero’s model hears the voice that comes with the task${hasShared ? '' : ` (${skipReason})`}`, async ({
  page,
}) => {
  test.skip(!hasShared, skipReason);
  await page.goto('/');
  await page.getByTestId('files').setInputFiles(sharedPath('models/silero_vad_v6.onnx'));
  await changeInSize(page);
  // Its sessions take a while to open on a busy machine.
  const heard = page.getByText(/The original is above 0\.5 in [1-9]\d*\.\d %/);
  await expect(heard).toBeVisible({ timeout: 45_000 });
  await expect(page.getByText(/same side of 0\.5 in \d/)).toBeVisible();
});
