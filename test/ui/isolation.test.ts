import { afterEach, expect, test, vi } from 'vitest';

import { settleIsolation } from '../../src/ui/isolation.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

interface Browser {
  isolated?: boolean;
  secure?: boolean;
  /** What registering the service worker does; absent: the browser has none. */
  register?: () => Promise<void>;
  ready?: Promise<void>;
  storage?: Map<string, string> | 'refused';
}

/** A page in a browser of the given kind; returns how often it was reloaded. */
function openPage(browser: Browser) {
  const {
    isolated = false,
    secure = true,
    register,
    storage = new Map<string, string>(),
  } = browser;
  const reload = vi.fn();
  const refuse = (): never => {
    throw new Error('storage is switched off');
  };
  const sessionStorage =
    storage === 'refused'
      ? { getItem: refuse, setItem: refuse, removeItem: refuse }
      : {
          getItem: (key: string) => storage.get(key) ?? null,
          setItem: (key: string, value: string) => storage.set(key, value),
          removeItem: (key: string) => storage.delete(key),
        };
  const serviceWorker = { register, ready: browser.ready ?? Promise.resolve() };
  vi.stubGlobal('crossOriginIsolated', isolated);
  vi.stubGlobal('isSecureContext', secure);
  vi.stubGlobal('sessionStorage', sessionStorage);
  vi.stubGlobal('navigator', register ? { serviceWorker } : {});
  vi.stubGlobal('document', { baseURI: 'https://example.org/some/base/' });
  vi.stubGlobal('location', { reload });
  return reload;
}

const works = () => Promise.resolve();

test('an isolated page is left alone', async () => {
  const reload = openPage({ isolated: true, register: works });
  expect(await settleIsolation()).toBe('isolated');
  expect(reload).not.toHaveBeenCalled();
});

test('a plain host costs one reload, and no second where that did not help', async () => {
  const storage = new Map<string, string>();
  const first = openPage({ register: works, storage });
  expect(await settleIsolation()).toBe('reloading');
  expect(first).toHaveBeenCalledTimes(1);

  const second = openPage({ register: works, storage });
  expect(await settleIsolation()).toBe('unavailable');
  expect(second).not.toHaveBeenCalled();
});

test('an isolated page may reload again later, after a reload that bypassed the worker', async () => {
  const storage = new Map<string, string>();
  openPage({ register: works, storage });
  await settleIsolation();
  openPage({ isolated: true, storage });
  await settleIsolation();
  openPage({ register: works, storage });
  expect(await settleIsolation()).toBe('reloading');
});

test('the worker is looked for beside the page, under any base path', async () => {
  const register = vi.fn(works);
  openPage({ register });
  await settleIsolation();
  const expected = new URL('https://example.org/some/base/service-worker.js');
  expect(register).toHaveBeenCalledWith(expected, expect.anything());
});

test.each<[string, Browser]>([
  ['no service workers', {}],
  ['no https', { secure: false, register: works }],
  ['registering refused', { register: () => Promise.reject(new Error('SecurityError')) }],
  ['storage refused', { register: works, storage: 'refused' }],
])('%s: no reload, one thread', async (_name, browser) => {
  const reload = openPage(browser);
  expect(await settleIsolation()).toBe('unavailable');
  expect(reload).not.toHaveBeenCalled();
});

test('a worker that never becomes active does not hold the page', async () => {
  vi.useFakeTimers();
  const never = new Promise<void>(() => undefined);
  const reload = openPage({ register: works, ready: never });
  const settled = settleIsolation();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await settled).toBe('unavailable');
  expect(reload).not.toHaveBeenCalled();
});
