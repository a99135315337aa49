/** The table of loops. */
import type { Loop, LoopId } from './loop.ts';
import { generate } from './generate.ts';
import { once } from './once.ts';
import { score } from './score.ts';
import { windows } from './windows.ts';

export const loops: { readonly [Id in LoopId]: Loop<Id> } = { once, generate, score, windows };
