/** The image processor that preprocessor_config.json names, by transformers.js. */
import type * as Transformers from '@huggingface/transformers';

import { ModelError } from '../../core/errors.ts';
import type { Value } from '../../core/runtime.ts';
import type { Pixels } from '../pixels.ts';
import { checkPixels } from './decode.ts';
import { processorFile, processorName } from './preprocessing.ts';
import { rasterOf, rounded } from './raster.ts';
import { resamplings, resized } from './resample.ts';

type Json = Readonly<Record<string, unknown>>;

/** Gives float32 [1, channels, height, width]. Errors: ModelError where the processor can't do what the file asks for. */
export type Processor = (pixels: Pixels) => Promise<Value>;

/** Errors: ModelError where transformers.js can't make a processor of the configuration. */
export async function processorOf(json: Json): Promise<Processor> {
  const library = await import('@huggingface/transformers');
  const { ImageProcessor, RawImage } = library;

  /** Scaled the same way in every browser and under Node; transformers.js leaves it to a canvas, or to sharp. */
  class Picture extends RawImage {
    override resize(
      width: number,
      height: number,
      { resample = 2 }: { readonly resample?: number | string } = {},
    ): Promise<this> {
      const { width: from, height: rows, channels } = this;
      const raster = { width: from, height: rows, channels, data: Float32Array.from(this.data) };
      const to = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))] as const;
      const { data } = rounded(resized(raster, ...to, resamplings[Number(resample)] ?? 'bilinear'));
      this.data = data as Uint8ClampedArray;
      [this.width, this.height] = to;
      return Promise.resolve(this);
    }
  }

  const Chosen = classNamed(library, json) ?? ImageProcessor;
  // The library declares its processors as callable with anything.
  const process = made(() => new Chosen(json as never)) as unknown as Process;
  return async (pixels) => {
    checkPixels(pixels);
    const { width, height, data } = rasterOf(pixels);
    const picture = new Picture(data as Uint8ClampedArray, width, height, 3);
    const { pixel_values: tensor } = await process(picture).catch(refuse);
    return { dtype: 'float32', dims: tensor.dims, data: tensor.data };
  };
}

type Process = (image: Transformers.RawImage) => Promise<{
  readonly pixel_values: { readonly dims: readonly number[]; readonly data: Float32Array };
}>;

type ProcessorClass = typeof Transformers.ImageProcessor;

/** Among the library's processors alone: the name comes from a file. */
function classNamed(library: typeof Transformers, json: Json): ProcessorClass | undefined {
  const name = processorName(json);
  const found: unknown = Object.entries(library).find(
    ([key]) => key === name.replace(/Fast$/, ''),
  )?.[1];
  const isProcessor =
    typeof found === 'function' && found.prototype instanceof library.ImageProcessor;
  return isProcessor ? (found as ProcessorClass) : undefined;
}

function made<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw new ModelError(
    `The image processor of ${processorFile} failed: ${why}. Correct that file, or set the preprocessing by hand.`,
  );
}
