/** What a side shows this moment: what the visitor tries there, else the variant that stands there. */
import type { TraceEntry } from '../../core/compress/compress.ts';
import type { SideName } from '../views/view.ts';
import { originalId } from './variant.ts';
import { variantName } from './variants.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

export interface Seen {
  readonly name: string;
  readonly bytes: number;
  readonly trace: readonly TraceEntry[];
  /** Nothing was done to the model. */
  readonly isOriginal: boolean;
  /** Its answers are not there yet. */
  readonly isBehind: boolean;
}

/** Undefined where nothing stands. */
export function seenOn(
  workspace: Pick<Workspace, SideName | 'variantOn'>,
  side: SideName,
): Seen | undefined {
  const { lent } = workspace[side];
  if (lent) {
    const { name, bytes, trace, isBehind = false } = lent;
    return { name, bytes, trace, isOriginal: trace.length === 0, isBehind };
  }
  const variant = workspace.variantOn(side);
  if (!variant) return undefined;
  const { bytes, trace } = variant;
  const isOriginal = variant.id === originalId;
  return { name: variantName(variant), bytes, trace, isOriginal, isBehind: false };
}
