/** Looks closely at models in a worker that is kept warm between looks. */
import type { InspectApi } from '../../workers/inspect.worker.ts';
import { WarmWorker } from './warm-worker.ts';

export const inspector = new WarmWorker<InspectApi>(
  () => new Worker(new URL('../../workers/inspect.worker.ts', import.meta.url), { type: 'module' }),
  () => Promise.resolve(),
);
