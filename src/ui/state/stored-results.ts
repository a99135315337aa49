/** Results that lie in the library, as variants of their model. */
import type { TraceEntry } from '../../core/compress/compress.ts';
import { parseRecipe, type Recipe } from '../../core/compress/recipe.ts';
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

/** The variant that a stored result is, and its recipe; undefined where that is no longer understood. */
export function variantOf({
  madeFrom,
}: Pick<Entry, 'madeFrom'>): { readonly id: string; readonly recipe: Recipe } | undefined {
  try {
    const recipe = parseRecipe(madeFrom?.recipe);
    const id = variantId(recipe, '');
    return id === originalId ? undefined : { id, recipe };
  } catch {
    return undefined;
  }
}

function recordOf(entry: Entry, index: number): VariantRecord[] {
  const variant = variantOf(entry);
  if (!variant) return [];
  const told = { number: index + 1, samples: '', name: '', parent: originalId, figures: {} };
  const { bytes, pinned = false } = entry;
  return [{ ...told, ...variant, bytes, pinned, entry: entry.id }];
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
