/**
 * Cross-origin isolation, which wasm threads need. Servers that send the headers give it at once; on
 * a plain static host the site's service worker adds them, and the page must reload once to get them.
 * Where neither works everything runs on one thread.
 */
import { canServe, registerServiceWorker } from '../bridge/site-worker.ts';

/** `reloading`: the page is about to go; show nothing. */
export type Isolation = 'isolated' | 'reloading' | 'unavailable';

const reloadedKey = 'scrunch:reloaded-for-isolation';
// Milliseconds to wait for the worker; installing it took under 500. Then the visitor comes first.
const patience = 2000;

/** Settle whether the page is isolated, before the app is shown. Never rejects. */
export async function settleIsolation(): Promise<Isolation> {
  try {
    if (crossOriginIsolated) {
      sessionStorage.removeItem(reloadedKey);
      return 'isolated';
    }
    if (!canServe()) return 'unavailable';
    // Once per tab: where the reload did not help, a second would not either.
    if (sessionStorage.getItem(reloadedKey)) return 'unavailable';
    if (!(await installServiceWorker())) return 'unavailable';
    sessionStorage.setItem(reloadedKey, 'yes');
    location.reload();
    return 'reloading';
  } catch {
    // Storage or service workers are switched off: without a mark there must be no reload.
    return crossOriginIsolated ? 'isolated' : 'unavailable';
  }
}

/** Whether the service worker became active within `patience`. */
async function installServiceWorker(): Promise<boolean> {
  await registerServiceWorker();
  return Promise.race([
    navigator.serviceWorker.ready.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, patience, false)),
  ]);
}
