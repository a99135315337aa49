/** The table of embedded models: a new one is a file and a line here. The id is its folder in `public/models`. */
import { digitsVit } from './digits-vit.ts';
import { digits } from './digits.ts';
import { embedder } from './embedder.ts';
import { sentiment } from './sentiment.ts';
import { storyteller } from './storyteller.ts';
import type { ZooModel } from './zoo-model.ts';

export const zoo = {
  digits,
  storyteller,
  sentiment,
  embedder,
  'digits-vit': digitsVit,
} as const satisfies Readonly<Record<string, ZooModel>>;
export type ZooId = keyof typeof zoo;
