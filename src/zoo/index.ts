/** The table of embedded models: a new one is a file and a line here. The id is its folder in `public/models`. */
import { digits } from './digits.ts';
import type { ZooModel } from './zoo-model.ts';

export const zoo = { digits } as const satisfies Readonly<Record<string, ZooModel>>;
export type ZooId = keyof typeof zoo;
