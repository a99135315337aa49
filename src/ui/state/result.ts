/** What a recipe made, and the making of it. */
import type { Progress, TraceEntry } from '../../core/compress/compress.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import type { Problem } from '../problem.ts';

/** What a recipe made of the model. */
export interface Result {
  readonly recipe: Recipe;
  readonly files: ModelFiles;
  readonly bytes: number;
  readonly trace: readonly TraceEntry[];
}

export type Work =
  | { readonly status: 'idle' }
  | {
      readonly status: 'working';
      readonly progress?: Progress;
      /** Milliseconds that the step in hand still takes, estimated; absent while nobody can tell. */
      readonly left?: number;
    }
  | { readonly status: 'failed'; readonly problem: Problem };

/** Bytes of a model's files. */
export const bytesOf = ({ onnx, external }: ModelFiles): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);
