/** What the page and its service worker say to each other. */

/** One file of the built site that can be kept. */
export interface SiteFile {
  /** Relative to index.html. */
  readonly url: string;
  /** Changes with its content. */
  readonly revision: string;
  readonly bytes: number;
  readonly group: Group;
}

/** Files that are kept together: the page, the runtime, or one embedded model. */
export type Group = 'page' | 'runtime' | `model:${string}`;

export interface GroupState {
  readonly group: Group;
  readonly bytes: number;
  /** Bytes of it that are kept. */
  readonly kept: number;
}

export type Request =
  | { readonly ask: 'state' }
  | { readonly ask: 'keep'; readonly groups: readonly Group[] }
  | { readonly ask: 'drop'; readonly groups: readonly Group[] }
  /** Asks a waiting version to take over; it does so where this is the only window. */
  | { readonly ask: 'take over' };

/** `sole`: no other window of this site is open. */
export type Answer =
  | { readonly done: true; readonly groups: readonly GroupState[]; readonly sole: boolean }
  | { readonly done: false; readonly reason: string };
