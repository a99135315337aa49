/** The page's side of the site's service worker. */
import type { Answer, Group, GroupState, Request } from '../../workers/service-messages.ts';

export type { Group, GroupState };

/** Milliseconds for an answer: keeping the runtime takes as long as fetching 27 MB. */
const patience = 300_000;

/** Whether this window may have a service worker at all. */
export const canServe = (): boolean => isSecureContext && 'serviceWorker' in navigator;

/** Registers it, or looks for a newer version. Errors: where the browser or a setting forbids it. */
export function registerServiceWorker(): Promise<ServiceWorkerRegistration> {
  const url = new URL('service-worker.js', document.baseURI);
  return navigator.serviceWorker.register(url, { updateViaCache: 'none' });
}

/** Asks a service worker something. Errors: Error with its reason, or that it does not answer. */
export async function ask(
  worker: ServiceWorker,
  request: Request,
): Promise<Answer & { done: true }> {
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<Answer>((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data as Answer);
    setTimeout(() => reject(new Error('The service worker does not answer.')), patience);
  });
  worker.postMessage(request, [port2]);
  try {
    const answer = await answered;
    if (answer.done) return answer;
    throw new Error(answer.reason);
  } finally {
    port1.close();
  }
}
