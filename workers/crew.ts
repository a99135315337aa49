/** The crew of the page's workers: workers of their own, which end with them. */
import type { Crew } from '../src/core/kernels/crew.ts';
import { inlineCrew } from '../src/core/kernels/crew.ts';
import type { CrewWorker, WorkerEvents, WorkerWord } from '../src/core/kernels/crew-messages.ts';
import { createPool } from '../src/core/kernels/pool.ts';

/** More workers wait for memory instead of computing. */
const most = 8;

let crew: Crew | undefined;

/**
 * As many workers as there are cores, but for the page's own where there are more than two; none where
 * the page is not isolated, since they would copy all that they work on. Started when there is work.
 */
export function pageCrew(): Crew {
  crew ??= crossOriginIsolated
    ? createPool({ size: workersFor(navigator.hardwareConcurrency), start, now, pause })
    : inlineCrew;
  return crew;
}

const workersFor = (cores: number): number => (cores > 2 ? Math.min(cores - 1, most) : cores);

const now = (): number => performance.now();
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

function start({ said, died }: WorkerEvents): CrewWorker {
  const worker = new Worker(new URL('./kernel.worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<WorkerWord>) => said(data));
  worker.addEventListener('messageerror', () => died('its answer could not be read'));
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    died(event instanceof ErrorEvent ? event.message : 'its script could not be loaded');
  });
  return {
    post: (order) => worker.postMessage(order),
    end: () => worker.terminate(),
  };
}
