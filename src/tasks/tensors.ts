/** Any model: numbers in, numbers out, and how far two models lie apart. */
import { ModelError } from '../core/errors.ts';
import type { Feeds } from '../core/runtime.ts';
import type { Outputs } from '../core/evaluate/quality.ts';
import { task } from './task.ts';

export interface TensorsInput {
  readonly feeds: Feeds;
}
export type TensorsInfo = Record<never, never>;
export interface TensorsAnswer {
  readonly outputs: Outputs;
}

export const tensors = task<TensorsInput, TensorsAnswer, TensorsInfo>({
  label: 'Tensors',
  summary: 'Feed both models the same values and compare every output.',
  view: 'tensors',
  figures: {},
  fit: () => ({ fits: true, because: 'any model can be fed with numbers' }),
  prepare: () =>
    Promise.resolve({
      info: {},
      examples: [],
      plan: ({ feeds }) => Promise.resolve({ loop: 'once', request: { feeds } }),
      answer: (chunks) => Promise.resolve({ outputs: chunks.at(-1) as Outputs }),
      inputFrom: () =>
        Promise.reject(new ModelError('Give the inputs as .npy, .npz, .json or .pb files.')),
      examplesFrom: () => Promise.resolve([]),
      words: () => '',
    }),
});
