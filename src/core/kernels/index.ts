/**
 * The fast twins of hot loops: WebAssembly with 128-bit SIMD, compiled from assembly/. Each gives the
 * same bytes as its reference in math/, which takes its place where SIMD is missing.
 */
import { quantizeBlocks } from '../math/block-quantize.ts';
import { fitBlocks } from '../math/grid-fit.ts';
import { roundBlocks } from '../math/grid-round.ts';
import { canChunk } from './chunks.ts';
import { compiled } from './compiled.ts';
import { canFit, fitByKernel } from './fit-blocks.ts';
import { createInstance } from './instance.ts';
import { type Linear, plainLinear } from '../math/linear.ts';
import { linearOf } from './linear.ts';
import { quantizeByKernel, roundByKernel } from './quantize-blocks.ts';

export interface Kernels {
  /** Whether the compiled kernels run, or their references. */
  readonly simd: boolean;
  /** See `math/block-quantize.ts`. */
  readonly quantizeBlocks: typeof quantizeBlocks;
  /** See `math/grid-fit.ts`. */
  readonly fitBlocks: typeof fitBlocks;
  /** See `math/grid-round.ts`. */
  readonly roundBlocks: typeof roundBlocks;
  /** See `math/linear.ts`. */
  readonly linear: Linear;
}

/** The kernels in plain TypeScript. */
export const referenceKernels: Kernels = {
  simd: false,
  quantizeBlocks,
  fitBlocks,
  roundBlocks,
  linear: plainLinear,
};

/**
 * Starts an instance of the kernels: a few megabytes of memory, which are free again once nothing
 * refers to the result. Gives the references where the engine does not know SIMD.
 */
export async function loadKernels(): Promise<Kernels> {
  const bytes = Uint8Array.from(atob(compiled), (character) => character.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return referenceKernels;
  const instance = createInstance(await WebAssembly.compile(bytes));
  return {
    simd: true,
    linear: linearOf(instance),
    fitBlocks: (input) => (canFit(input) ? fitByKernel(instance, input) : fitBlocks(input)),
    roundBlocks: (input) =>
      input.grid.bits >= 2 && canChunk(input.layout, input.blockSize)
        ? roundByKernel(instance, input)
        : roundBlocks(input),
    quantizeBlocks: (weights, layout, options) =>
      // A block that is too large to lie in memory twice goes the slow way.
      canChunk(layout, options.blockSize)
        ? quantizeByKernel(instance, weights, layout, options)
        : quantizeBlocks(weights, layout, options),
  };
}
