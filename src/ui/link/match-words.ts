/** Whether what a link opened is what the sender had, in words. */
import { needsOf } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import type { Source } from '../../store/entry.ts';
import type { LinkedVariant } from './link.ts';
import { variantWords } from './link-words.ts';

/** One thing that was, or will be, compared with the sender's. */
export interface Match {
  /** Absent while it waits to be made. */
  readonly same?: boolean;
  readonly words: string;
}

/** The recipe trains or searches, which takes minutes: it waits for the visitor's word. */
export function isLong(recipe: Recipe): boolean {
  const needs = needsOf(recipe);
  return needs.has('training') || needs.has('search');
}

/** Of the model itself. */
export function modelMatch(same: boolean, { kind }: Source): Match {
  if (same) return { same, words: 'The model is the sender’s, byte for byte.' };
  const why = {
    embedded: 'The page that the link is from has another version of it.',
    hub: 'The repository has changed since.',
    url: 'The file at that address has changed since.',
    files: 'It is another file.',
  }[kind];
  return { same, words: `The model differs from the sender’s. ${why}` };
}

/** Of a variant whose recipe waits in the rail. */
export function waitingMatch(linked: LinkedVariant): Match {
  const name = variantWords(linked);
  const then = linked.sha256 ? ' Its bytes are compared with the sender’s when it is done.' : '';
  return {
    words: `${name} trains or searches, which takes minutes: its recipe is below, start it there.${then}`,
  };
}

/** Of the bytes of a variant; `sameModel` where it was made from the sender's model. */
export function bytesMatch(linked: LinkedVariant, hash: string, sameModel: boolean): Match {
  const name = variantWords(linked);
  if (hash === linked.sha256) {
    return { same: true, words: `${name}: the bytes are the same as the sender’s.` };
  }
  const why = whyOther(linked, sameModel);
  return { same: false, words: `${name}: the bytes differ from the sender’s. ${why}` };
}

function whyOther({ recipe, own }: LinkedVariant, sameModel: boolean): string {
  if (!sameModel) return 'The models they were made from differ.';
  if (own) return 'It was made on samples of the sender’s own, which no link carries.';
  const needs = needsOf(recipe);
  if (needs.has('training')) {
    return 'Training gives the same bytes only on the same kind of device, with as many threads, to its end.';
  }
  return needs.size > 0
    ? 'Its recipe runs the model, and other devices or numbers of threads round differently.'
    : 'Another version of Scrunch may have made them.';
}
