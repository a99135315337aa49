/** The picture of a graph on the page: which groups are open, what is chosen, what is in sight. */
import { graphLayoutInWorker, graphPictureInWorker } from '../../bridge/inspect-graph.ts';
import { abortError } from '../../bridge/errors.ts';
import { isAbort } from '../../core/errors.ts';
import type { GroupSums } from '../../core/inspect/graph-boxes.ts';
import type { GraphLayout } from '../../core/inspect/graph-layout.ts';
import type { GraphPicture } from '../../core/inspect/graph-picture.ts';
import { countSeen, firstOpen, type OpenGroups } from '../../core/inspect/graph-visible.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import { around, placesOf, rectangleAt } from '../parts/inspect/graph/graph-boxes.ts';
import {
  beginningOf,
  fitTo,
  reveal,
  zoomAt,
  type Camera,
  type Extent,
} from '../parts/inspect/graph/camera.ts';
import { groupPaths, openNames, sameBox } from '../parts/inspect/graph/same-groups.ts';
import { problemOf, type Problem } from '../problem.ts';
import type { Workspace } from './workspace.svelte.ts';

/** More boxes at once are not drawn. */
export const mostBoxes = 12_000;

/** A picture with what is worked out of it once. */
export interface DrawnGraph {
  readonly picture: GraphPicture;
  readonly sums: GroupSums;
  readonly widths: Uint16Array;
  /** Two models lie over one another. */
  readonly compared: boolean;
  /** Bytes of weights that were too many to be compared. */
  readonly unread: number;
  readonly of: ComparedSides;
}

/** The variants whose graphs are drawn: their ids and, as they were called then, their names. */
export interface ComparedSides {
  readonly ids: readonly [string, string];
  readonly names: readonly [string, string];
}

export class GraphInspection {
  graph = $state.raw<DrawnGraph | undefined>();
  layout = $state.raw<GraphLayout | undefined>();
  /** 1 for each group that is open, or will be once it is placed. */
  open = $state.raw<OpenGroups>(new Uint8Array(0));
  /** The chosen box; -1 for none. */
  selected = $state(-1);
  /** What is in sight where the visitor moved it; undefined for the beginning. */
  camera = $state.raw<Camera | undefined>();
  /** Of one pane, in CSS pixels. */
  pane = $state.raw<Extent>({ width: 0, height: 0 });
  sides = $state<'left' | 'both' | 'right'>('both');
  shownAs = $state<'picture' | 'list'>('picture');
  /** What is being done, for the visitor; '' for nothing. */
  doing = $state('');
  problem = $state.raw<Problem | undefined>();
  #reading: AbortController | undefined;
  #placing: AbortController | undefined;

  /** Where each box stands in the layout. */
  readonly places: ReadonlyMap<number, number> = $derived(placesOf(this.layout));
  /** What is in sight; undefined before there is anything. */
  readonly sight: Camera | undefined = $derived.by(() => {
    if (this.camera || !this.layout || this.pane.width === 0) return this.camera;
    const { totalWidth: width, totalHeight: height } = this.layout;
    const { x, y, width: widths } = this.layout;
    const first = y.indexOf(y.reduce((least, one) => Math.min(least, one), Infinity));
    return beginningOf({ width, height }, this.pane, x[first]! + widths[first]! / 2);
  });
  /** Why not everything can be unfolded; '' where it can. */
  readonly tooMany: string = $derived.by(() => {
    const { picture } = this.graph ?? {};
    if (!picture) return '';
    const all = picture.names.length;
    return all > mostBoxes
      ? `${all.toLocaleString('en-US')} nodes are too many to show at once; open groups one by one.`
      : '';
  });

  /**
   * Reads the picture of a model, or of two, unless it is the one that is shown. What was open stays open
   * where groups have the same names.
   */
  async read(left: ModelFiles, right: ModelFiles | undefined, of: ComparedSides): Promise<void> {
    this.#reading?.abort(abortError('Another graph is read.'));
    const wasReading = this.#reading !== undefined;
    this.#reading = undefined;
    if (this.graph?.of.ids.join(' ') === of.ids.join(' ')) {
      if (wasReading) this.doing = '';
      return;
    }
    const { signal } = (this.#reading = new AbortController());
    this.doing = 'Reading the graph …';
    this.problem = undefined;
    try {
      const compared = await graphPictureInWorker(left, right, signal);
      this.#reading = undefined;
      this.#take({ ...compared, of, compared: right !== undefined });
      await this.#place();
    } catch (error) {
      this.#fail('The graph could not be drawn.', error, signal);
    }
  }

  #take(graph: DrawnGraph): void {
    const { picture } = graph;
    const before = this.graph?.picture;
    const names = before && openNames(before, this.open);
    this.graph = graph;
    this.open = firstOpen(picture);
    if (names) {
      const paths = groupPaths(picture);
      const kept = Uint8Array.from(paths, (path) => (names.has(path) ? 1 : 0));
      if (countSeen(picture, kept) <= mostBoxes && names.size > 0) this.open = kept;
    }
    this.selected = before ? sameBox(before, picture, this.selected) : -1;
    this.layout = undefined;
    if (!names) this.camera = undefined;
  }

  /** Opens or folds a group. Its box stays where it is seen. */
  async toggle(box: number): Promise<void> {
    const { picture } = this.graph ?? {};
    const group = box - (picture?.names.length ?? 0);
    if (!picture || group < 0) return;
    const next = this.open.with(group, this.open[group] ? 0 : 1);
    await this.#reopen(next, box);
  }

  /** Opens all groups. */
  unfold = (): Promise<void> =>
    this.#reopen(
      this.open.map(() => 1),
      this.selected,
    );

  /** As at first. */
  async fold(): Promise<void> {
    if (!this.graph) return;
    await this.#reopen(firstOpen(this.graph.picture), -1);
    this.camera = undefined;
  }

  /** Chooses a box, after opening the groups around it. */
  async reveal(box: number): Promise<void> {
    const { picture } = this.graph ?? {};
    if (!picture) return;
    const next = this.open.slice();
    for (let at = around(picture, box); at >= 0; at = around(picture, at))
      next[at - picture.names.length] = 1;
    if (next.some((one, at) => one !== this.open[at])) await this.#reopen(next, -1);
    this.selected = box;
  }

  /** Brings a box into sight, large enough to be read. */
  lookAt(box: number): void {
    const place = this.places.get(box);
    if (place === undefined || !this.layout || !this.sight) return;
    const { width, height } = this.pane;
    const near =
      this.sight.zoom < 0.6
        ? zoomAt(this.sight, 0.8 / this.sight.zoom, width / 2, height / 2)
        : this.sight;
    this.camera = reveal(near, rectangleAt(this.layout, place), this.pane);
  }

  /** Zooms into or out of the middle. */
  zoom(factor: number): void {
    const { width, height } = this.pane;
    if (this.sight) this.camera = zoomAt(this.sight, factor, width / 2, height / 2);
  }

  /** Brings everything into sight, however small. */
  showAll(): void {
    if (!this.layout) return;
    const { totalWidth: width, totalHeight: height } = this.layout;
    this.camera = fitTo({ width, height }, this.pane);
  }

  /** Gives up what is being done. */
  stop(): void {
    this.#reading?.abort(abortError('Stopped.'));
    this.#placing?.abort(abortError('Stopped.'));
    this.doing = '';
  }

  async #reopen(next: OpenGroups, anchor: number): Promise<void> {
    const { picture } = this.graph ?? {};
    if (!picture) return;
    const before = this.open;
    if (countSeen(picture, next) > mostBoxes) {
      const text = `More than ${mostBoxes.toLocaleString('en-US')} boxes would be in the picture. Fold other groups first.`;
      this.problem = { title: 'The group was not opened.', text, details: '' };
      return;
    }
    this.open = next;
    if (!(await this.#place(anchor))) this.open = before;
  }

  /** Whether it worked. */
  async #place(anchor = -1): Promise<boolean> {
    this.#placing?.abort(abortError('Another layout is made.'));
    const { signal } = (this.#placing = new AbortController());
    const { picture, widths } = this.graph!;
    const { group, groupParents, edges, edgeSides } = picture;
    this.doing = `Placing ${countSeen(picture, this.open).toLocaleString('en-US')} boxes …`;
    const stood = this.#corner(anchor);
    const { sight } = this;
    try {
      const shape = { group, groupParents, edges, edgeSides };
      this.layout = await graphLayoutInWorker({ shape, open: this.open, widths }, signal);
      this.doing = '';
      const stands = this.#corner(anchor);
      if (stood && stands && sight) {
        const { x, y, zoom } = this.camera ?? sight;
        this.camera = { zoom, x: x + stands[0] - stood[0], y: y + stands[1] - stood[1] };
      }
      return true;
    } catch (error) {
      this.#fail('The graph could not be laid out.', error, signal);
      return false;
    }
  }

  #corner(box: number): readonly [number, number] | undefined {
    const place = this.places.get(box);
    return place === undefined || !this.layout
      ? undefined
      : [this.layout.x[place]! + this.layout.width[place]! / 2, this.layout.y[place]!];
  }

  #fail(title: string, error: unknown, signal: AbortSignal): void {
    if (signal.aborted || isAbort(error)) return;
    this.doing = '';
    this.problem = problemOf(title, error);
  }
}

const inspections = new WeakMap<Workspace, GraphInspection>();

/** The graph of a workspace, as it was left. */
export function graphOf(workspace: Workspace): GraphInspection {
  const known = inspections.get(workspace) ?? new GraphInspection();
  inspections.set(workspace, known);
  return known;
}
