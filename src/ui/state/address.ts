/** What the address' hash says of where the visitor is: reloading and the browser's own buttons go by it. */
import { linkPrefix } from '../link/link-prefix.ts';

export type Address =
  | { readonly place: 'home' }
  /** Someone's link. */
  | { readonly place: 'link' }
  /** A model of the library, or a result; with the variant of it that shall stand on the right. */
  | { readonly place: 'model'; readonly id: string; readonly variant?: string };

/** Anything else leads home. */
export function readAddress(hash: string): Address {
  if (hash.startsWith(linkPrefix)) return { place: 'link' };
  const [, id, variant] = /^#\/model\/([\w-]+)(?:\/(v[\da-f]{16}))?$/.exec(hash) ?? [];
  if (id === undefined) return { place: 'home' };
  return { place: 'model', id, ...(variant === undefined ? {} : { variant }) };
}

/** The address of a model, or of one of its variants. */
export const modelAddress = (id: string, variant?: string): string =>
  `#/model/${id}${variant === undefined ? '' : `/${variant}`}`;

export const homeAddress = '#/';
