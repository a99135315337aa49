/** The table of jobs that a crew can do. Inputs and outputs are plain data and typed arrays. */
import type { BlockLayout, BlockOptions, QuantizedBlocks } from '../math/blocks.ts';
import { gptqFactor, type ChannelOrder } from '../math/gptq-factor.ts';
import {
  gptqLayer,
  gptqTrial,
  type GroupFactors,
  type LayerInput,
  type LayerMath,
  type TrialResult,
} from '../math/gptq-layer.ts';
import type { GptqResult } from '../math/gptq.ts';
import type { FitInput } from '../math/grid-fit.ts';
import type { CodedBlocks } from '../math/grid.ts';
import { rateLayer, type RateInput, type RateResult } from '../math/rate-layer.ts';
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
  /** See `math/grid-fit.ts`. */
  'fit-blocks': { readonly input: FitInput; readonly output: CodedBlocks };
  /** See `math/grid-round.ts`. */
  'round-blocks': { readonly input: Omit<FitInput, 'importance'>; readonly output: CodedBlocks };
  /** See `math/gptq-factor.ts`; one factor for each group of a layer. */
  'gptq-factors': {
    readonly input: Pick<LayerInput, 'gram' | 'axis' | 'groups'> & {
      readonly damping: number;
      readonly order: ChannelOrder;
    };
    readonly output: GroupFactors;
  };
  /** See `math/gptq-layer.ts`. */
  'gptq-trial': {
    readonly input: {
      readonly layer: LayerInput;
      readonly candidates: readonly GroupFactors[];
    };
    readonly output: TrialResult;
  };
  gptq: {
    readonly input: {
      readonly layer: LayerInput;
      readonly factors: GroupFactors;
      readonly sweeps: number;
    };
    readonly output: GptqResult;
  };
  /** See `math/rate-layer.ts`. */
  'rate-layer': { readonly input: RateInput; readonly output: RateResult };
}

export type JobId = keyof Jobs;
export type JobInput<K extends JobId> = Jobs[K]['input'];
export type JobOutput<K extends JobId> = Jobs[K]['output'];

export const jobs: {
  readonly [K in JobId]: (kernels: Kernels, input: JobInput<K>) => JobOutput<K>;
} = {
  'quantize-blocks': (kernels, { weights, layout, options }) =>
    kernels.quantizeBlocks(weights, layout, options),
  'fit-blocks': (kernels, input) => kernels.fitBlocks(input),
  'round-blocks': (kernels, input) => kernels.roundBlocks(input),
  'gptq-factors': ({ linear }, { gram, axis, groups, damping, order }) =>
    Array.from({ length: groups }, (_, group) => {
      const own = gram.subarray(group * axis * axis, (group + 1) * axis * axis);
      return gptqFactor(linear, own, axis, damping, order);
    }),
  'gptq-trial': (kernels, { layer, candidates }) => gptqTrial(mathOf(kernels), layer, candidates),
  gptq: (kernels, { layer, factors, sweeps }) => gptqLayer(mathOf(kernels), layer, factors, sweeps),
  'rate-layer': ({ linear }, input) => rateLayer(linear, input),
};

const mathOf = ({ linear, fitBlocks }: Kernels): LayerMath => ({ linear, fitBlocks });
