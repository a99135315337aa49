import { describe, expect, test } from 'vitest';
import { matches } from '../../../src/store/downloads/checksum.ts';
import { nameInUrl } from '../../../src/store/downloads/plan.ts';
import { createSlots } from '../../../src/store/downloads/slots.ts';
import { measure, timeLeft, type Speed } from '../../../src/store/downloads/speed.ts';

describe('checksums', () => {
  // printf abc | sha256sum, and | git hash-object --stdin
  test.each([
    ['sha256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['git-sha1', 'f2ba8f84ab5c1bce84a7b441cb1959cfc7093b7f'],
  ] as const)('%s', async (kind, hex) => {
    expect(await matches(new Blob(['abc']), { kind, hex })).toBe(true);
    expect(await matches(new Blob(['abd']), { kind, hex })).toBe(false);
  });
});

describe('speed', () => {
  const readings = (...list: [number, number][]): Speed =>
    list.reduce<Speed | undefined>((speed, [bytes, at]) => measure(speed, bytes, at), undefined)!;

  test('is bytes over time', () => {
    expect(readings([0, 0], [1000, 1000]).rate).toBe(1000);
  });
  test('does not jump with the line', () => {
    const { rate } = readings([0, 0], [1000, 1000], [11_000, 2000]);
    // 1000 · e^(−1/3) + 10000 · (1 − e^(−1/3))
    expect(rate).toBeCloseTo(3551.2, 1);
  });
  test('is not read from what comes in one go', () => {
    expect(readings([0, 0], [1000, 1]).rate).toBeUndefined();
  });
  test('starts anew where a file starts over', () => {
    expect(readings([0, 0], [1000, 1000], [0, 2000]).rate).toBeUndefined();
  });
  test('tells how long the rest takes', () => {
    expect(timeLeft({ bytes: 500, rate: 100 }, 1500)).toBe(10_000);
    expect(timeLeft({ bytes: 500, rate: 0 }, 1500)).toBeUndefined();
    expect(timeLeft({ bytes: 500, rate: 100 }, undefined)).toBeUndefined();
  });
});

describe('slots', () => {
  test('let waiting work in as others leave, in order', async () => {
    const slots = createSlots(1);
    const order: number[] = [];
    const work = (id: number) => slots.run(() => Promise.resolve(void order.push(id)));
    await Promise.all([work(1), work(2), work(3)]);
    expect(order).toEqual([1, 2, 3]);
  });
  test('are left by work that fails, and by those who stop waiting', async () => {
    const slots = createSlots(1);
    const stop = new AbortController();
    const failing = slots.run(() => Promise.reject(new Error('no')));
    const waiting = slots.run(() => Promise.resolve('never'), stop.signal);
    const last = slots.run(() => Promise.resolve('last'));
    stop.abort(new Error('stopped'));
    await expect(failing).rejects.toThrow('no');
    await expect(waiting).rejects.toThrow('stopped');
    expect(await last).toBe('last');
  });
});

test.each([
  ['https://x.org/a/model%20one.onnx?k=1', 'model one.onnx'],
  ['https://x.org/', 'model.onnx'],
  ['https://x.org/a%2F..%2Fb.onnx', 'a_.._b.onnx'],
  ['https://x.org/%E0%A4%A.onnx', '%E0%A4%A.onnx'],
])('the file at %s is called %s', (url, name) => {
  expect(nameInUrl(url)).toBe(name);
});
