/** The table of jobs that a crew can do. Inputs and outputs are plain data and typed arrays. */
import type { BlockLayout, BlockOptions, QuantizedBlocks } from '../math/blocks.ts';
import type { Kernels } from './index.ts';

/** What goes into a job and what comes out of it. */
export interface Jobs {
  'quantize-blocks': {
    readonly input: {
      readonly weights: Float32Array;
      readonly layout: BlockLayout;
      readonly options: BlockOptions;
    };
    readonly output: QuantizedBlocks;
  };
}

export type JobId = keyof Jobs;
export type JobInput<K extends JobId> = Jobs[K]['input'];
export type JobOutput<K extends JobId> = Jobs[K]['output'];

export const jobs: {
  readonly [K in JobId]: (kernels: Kernels, input: JobInput<K>) => JobOutput<K>;
} = {
  'quantize-blocks': (kernels, { weights, layout, options }) =>
    kernels.quantizeBlocks(weights, layout, options),
};
