import { setTimeout as after } from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import type { TrainingNews, TrainingState } from '../../src/core/compress/training.ts';
import { Reins } from '../../workers/reins.ts';
import {
  PageControl,
  type Checkpoint,
  type TrainingPage,
  type TrainingReport,
} from '../../workers/training-control.ts';

const news = (step: number): TrainingNews => ({ step, steps: 10, loss: 1 / step, learningRate: 1 });

function started() {
  const reports: TrainingReport[] = [];
  const kept = new Map<string, Checkpoint>();
  const page: TrainingPage = {
    report: (report) => Promise.resolve(void reports.push(report)),
    save: (key, checkpoint) => Promise.resolve(void kept.set(key, checkpoint)),
    load: (key) => Promise.resolve(kept.get(key)?.state),
    forget: (key) => Promise.resolve(void kept.delete(key)),
  };
  const reins = new Reins();
  const control = new PageControl(page, () => Promise.reject(new Error('no samples')), reins);
  return { control, reins, reports, kept };
}

test('the first news go at once, later ones together', async () => {
  const { control, reports } = started();
  for (const step of [1, 2, 3]) control.report(news(step));
  expect(reports.map((report) => report.news)).toEqual([[news(1)]]);
  await vi.waitFor(() => expect(reports).toHaveLength(2));
  expect(reports[1]?.news).toEqual([news(2), news(3)]);
});

test('nothing is left untold at the end', async () => {
  const { control, reports } = started();
  for (const step of [1, 2]) control.report(news(step));
  await control.forget('key');
  expect(reports.flatMap((report) => report.news)).toEqual([news(1), news(2)]);
});

test('a pause holds the next step, and its time does not count', async () => {
  const { control, reins, reports } = started();
  expect(await control.next()).toBe('go');
  reins.pause();
  expect(await control.next()).toBe('go');
  let went = false;
  const step = control.next().then((word) => {
    went = true;
    return word;
  });
  await after(300);
  expect(went).toBe(false);
  reins.resume();
  expect(await step).toBe('go');
  control.report(news(1));
  expect(reports[0]?.milliseconds).toBeLessThan(250);
});

test('a training that is held is kept first, once', async () => {
  const { control, reins, kept } = started();
  const state: TrainingState = { step: 5, vectors: new Map(), news: [] };
  await control.next();
  expect(control.saveDue()).toBe(false);
  reins.pause();
  await control.next();
  expect(control.saveDue()).toBe(true);
  await control.save('key', state);
  expect([control.saveDue(), kept.has('key')]).toEqual([false, true]);
  const held = control.next();
  reins.resume();
  await held;
  reins.pause();
  await control.next();
  expect(control.saveDue()).toBe(true);
  // Nobody waits for it any more.
  reins.resume();
  await control.next();
  expect(control.saveDue()).toBe(false);
});

test('speed counts from where this session began', async () => {
  const { control, reports } = started();
  control.report(news(5));
  await control.next();
  control.report(news(6));
  await vi.waitFor(() => expect(reports).toHaveLength(2));
  expect(reports.map(({ from }) => from)).toEqual([5, 5]);
  expect(reports[0]?.milliseconds).toBe(0);
});

test('stop ends one training, also one that is paused, and not the next', async () => {
  const { control, reins } = started();
  reins.pause();
  const step = control.next();
  reins.stop();
  expect(await step).toBe('stop');
  expect(await control.next()).toBe('go');
});

test('keeps a training and gives it back', async () => {
  const { control, kept } = started();
  const state: TrainingState = {
    step: 5,
    vectors: new Map([['w', new Float32Array([1, 2])]]),
    news: [news(5)],
  };
  await control.save('key', state);
  expect(kept.get('key')).toMatchObject({ step: 5, steps: 10 });
  expect(await control.load('key')).toEqual(state);
  expect(await control.load('other')).toBeUndefined();
});

test('it is time to save ten seconds after the last save', async () => {
  vi.useFakeTimers();
  const { control } = started();
  expect(control.saveDue()).toBe(false);
  vi.advanceTimersByTime(10_001);
  expect(control.saveDue()).toBe(true);
  await control.save('key', { step: 1, vectors: new Map(), news: [] });
  expect(control.saveDue()).toBe(false);
  vi.useRealTimers();
});
