/** Results that lie in the library, as variants of their model. */
import type { TraceEntry } from '../../core/compress/compress.ts';
import { parseRecipe } from '../../core/compress/recipe.ts';
import type { Entry } from '../../store/entry.ts';
import { library } from './library.svelte.ts';
import { bytesOf, type Result } from './result.ts';
import { originalId, type VariantRecord } from './variant.ts';
import { variantId } from './variants.svelte.ts';

/** Beside a stored result, so that what changed can be shown without doing it again. */
export const traceFile = 'trace.json';

/** Results of a model as variants, in the order of their making. */
export const resultsOf = (model: string): readonly VariantRecord[] =>
  (library.entries ?? [])
    .filter((one) => one.madeFrom?.id === model)
    .sort((a, b) => a.added - b.added)
    .flatMap(recordOf);

/** A stored result as a variant; none where its recipe is no longer understood. */
function recordOf(entry: Entry, index: number): VariantRecord[] {
  if (!entry.madeFrom) return [];
  try {
    const recipe = parseRecipe(entry.madeFrom.recipe);
    const id = variantId(recipe, '');
    if (id === originalId) return [];
    const told = { number: index + 1, samples: '', name: '', parent: originalId, figures: {} };
    const { bytes, pinned = false } = entry;
    return [{ ...told, id, recipe, bytes, pinned, entry: entry.id }];
  } catch {
    return [];
  }
}

/** A stored result; undefined where it is gone or damaged. */
export async function resultOf(id: string): Promise<Result | undefined> {
  try {
    const entry = library.entries?.find((one) => one.id === id);
    const recipe = parseRecipe(entry?.madeFrom?.recipe);
    const { onnx, external, extras } = await library.load(id);
    const text = await extras.get(traceFile)?.text();
    const trace = text === undefined ? [] : (JSON.parse(text) as TraceEntry[]);
    const files = { onnx, external };
    return { recipe, files, bytes: bytesOf(files), trace };
  } catch {
    return undefined;
  }
}
