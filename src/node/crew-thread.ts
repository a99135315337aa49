/** A thread that computes with one layer at a time; see `crew.ts`. */
import { parentPort } from 'node:worker_threads';

import { answerTo, type JobOrder } from '../core/kernels/crew-messages.ts';

parentPort?.on('message', (order: JobOrder) => {
  void answerTo(order).then(({ word, transfer }) => parentPort?.postMessage(word, [...transfer]));
});
parentPort?.postMessage({ kind: 'ready' });
