/** What is in an image. */
import type { ClassInfo } from './classes.ts';
import type { Pixels } from './pixels.ts';

/** How an image becomes the model's input. */
export interface Preprocessing {
  readonly width: number;
  readonly height: number;
  /** `cover`: scaled so that the shorter side fits, the rest cut; `stretch`: scaled regardless of its shape. */
  readonly fit: 'cover' | 'stretch';
  readonly channels: 1 | 3;
  readonly order: 'channels-first' | 'channels-last';
  /** A channel's value of 0 to 1, times `scale`, less its mean, over its deviation. */
  readonly scale: number;
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

export interface ImageInput {
  readonly pixels: Pixels;
  /** In place of `info.preprocessing`. */
  readonly preprocessing?: Preprocessing;
}

export interface ImageClassInfo extends ClassInfo {
  readonly preprocessing: Preprocessing;
  /** Where the preprocessing comes from: preprocessor_config.json, or a guess from the input's shape. */
  readonly source: 'config' | 'guess';
}
