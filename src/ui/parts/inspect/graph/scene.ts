/** What of a graph is drawn. */
import type { GraphSide } from '../../../../core/inspect/graph-boxes.ts';
import type { GraphLayout } from '../../../../core/inspect/graph-layout.ts';
import type { DrawnGraph } from '../../../state/inspect-graph.svelte.ts';
import type { Extent } from './camera.ts';

export interface Scene {
  readonly graph: DrawnGraph;
  readonly layout: GraphLayout;
  readonly side: GraphSide;
  /** Place in the layout of the chosen box; -1 for none. */
  readonly selected: number;
  /** Links that lead to or from it. */
  readonly lit: ReadonlySet<number>;
  /** Boxes that are open, as boxes. */
  readonly isOpen: (box: number) => boolean;
}

/** A part of the picture, in its own units. */
export type Sight = Extent & { readonly x: number; readonly y: number };

/** Corners of boxes are round by so much. */
export const corner = 6;
