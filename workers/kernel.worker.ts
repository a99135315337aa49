/** Computes with one layer at a time for the worker that started it; see `crew.ts`. */
import { answerTo, type JobOrder } from '../src/core/kernels/crew-messages.ts';

addEventListener('message', ({ data }: MessageEvent<JobOrder>) => {
  void answerTo(data).then(({ word, transfer }) => {
    postMessage(word, { transfer: [...transfer] });
  });
});
postMessage({ kind: 'ready' });
