/** glimpse.json of an embedded model: what it and its smaller version said to one input, so that the page has something to show before anything runs; opening the model starts with that version. Written by `npm run glimpses`. */
import type { Recipe } from '../core/compress/recipe.ts';

interface Made {
  /** Of the smaller model. */
  readonly recipe: Recipe;
  /** What the recipe is called. */
  readonly name: string;
  /** Bytes of the smaller model. */
  readonly bytes: number;
}

/** What one model says, by the kind of the question. */
interface Said {
  /** One of the sample digits; probabilities of the ten digits. */
  readonly digit: { readonly input: number; readonly answer: readonly number[] };
  /** Probabilities of the classes. */
  readonly text: { readonly input: string; readonly answer: readonly number[] };
  /** Two sentences; the cosine of their vectors. */
  readonly likeness: { readonly input: readonly [string, string]; readonly answer: number };
  /** What the story begins with; what each further token adds to it. */
  readonly story: { readonly input: string; readonly answer: readonly string[] };
}

export type GlimpseKind = keyof Said;

export type GlimpseOf<K extends GlimpseKind> = Made & {
  readonly kind: K;
  readonly input: Said[K]['input'];
  readonly original: Said[K]['answer'];
  readonly compressed: Said[K]['answer'];
} & (K extends 'text' ? { readonly labels: readonly string[] } : unknown);

export type Glimpse = { readonly [K in GlimpseKind]: GlimpseOf<K> }[GlimpseKind];
