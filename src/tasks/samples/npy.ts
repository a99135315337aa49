/** Reads the arrays of sample sets, as numbers of whatever type they were stored in. */
import { ModelError, RecipeError } from '../../core/errors.ts';
import { numbersOf } from '../../core/evaluate/values.ts';
import { readNpyValue } from '../arrays/npy.ts';

/** An array of numbers, row-major. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Errors: RecipeError that begins with the file's name: here the data of a recipe is at fault, not the model. */
export function readNpy(name: string, bytes: Uint8Array): Numbers {
  try {
    const value = readNpyValue(name, bytes);
    return { dims: value.dims, data: numbersOf(value) };
  } catch (error) {
    throw error instanceof ModelError ? new RecipeError(error.message) : error;
  }
}
