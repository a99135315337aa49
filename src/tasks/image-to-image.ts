/** An image becomes another one: larger, cleaner. */
import type { Pixels } from './pixels.ts';

export interface ImageToImageInput {
  readonly pixels: Pixels;
}

export interface ImageToImageInfo {
  /** Size that the model takes; undefined where it takes any. */
  readonly width: number | undefined;
  readonly height: number | undefined;
  /** 1: only the brightness goes through the model, colors are scaled beside it. */
  readonly channels: 1 | 3;
}

export interface ImageToImageAnswer {
  readonly pixels: Pixels;
}
