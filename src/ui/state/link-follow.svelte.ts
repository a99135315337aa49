/** Brings an open model into the state of a link, and says whether what is made is the same as the sender's. */
import { untrack } from 'svelte';

import { isAbort } from '../../core/errors.ts';
import type { Link, LinkedVariant } from '../link/link.ts';
import { variantWords } from '../link/link-words.ts';
import { bytesMatch, isLong, modelMatch, waitingMatch, type Match } from '../link/match-words.ts';
import { problemOf, type Problem } from '../problem.ts';
import type { SideName } from '../views/view.ts';
import { announcer } from './announcer.svelte.ts';
import { offerInput } from './link-input.ts';
import { hashOf } from './link-of.ts';
import { originalId } from './variant.ts';
import type { Workspace } from './workspace.svelte.ts';

/** What is being made, and the share of it that is done. */
export interface Making {
  readonly words: string;
  readonly share?: number;
}

/** A recipe that takes minutes, and what is said of it meanwhile. */
interface Wait {
  readonly workspace: Workspace;
  readonly linked: LinkedVariant;
  readonly match: Match;
}

const sides = ['original', 'compressed'] as const;

export class LinkFollow {
  matches = $state.raw<readonly Match[]>([]);
  /** What could not be done of it. */
  problem = $state.raw<Problem | undefined>();
  readonly #link: Link;
  readonly #making = new AbortController();
  readonly #onMaking: (making: Making) => void;
  /** What the visitor is to start. */
  #waits = $state.raw<readonly Wait[]>([]);
  #sameModel = true;

  /** `onMaking` hears of what is being made. */
  constructor(link: Link, onMaking: (making: Making) => void) {
    this.#link = link;
    this.#onMaking = onMaking;
  }

  /** Never rejects: `problem` says what went wrong. False where it was stopped. */
  async follow(workspace: Workspace): Promise<boolean> {
    const link = this.#link;
    try {
      await this.#look(workspace);
      this.#sameModel = (await hashOf(workspace.file)) === link.model.sha256;
      this.#note(modelMatch(this.#sameModel, link.model.source));
      for (const side of sides) await this.#put(workspace, side);
      workspace.edit(link.view?.editing ?? 'compressed');
    } catch (error) {
      if (this.#making.signal.aborted || isAbort(error)) return false;
      this.problem = problemOf('The link could not be followed to its end.', error);
    }
    return true;
  }

  /** Stops what is being made, and waits for nothing any more. */
  stop(): void {
    this.#making.abort();
    this.#waits = [];
  }

  /** Panel, task and input: what needs no making. */
  async #look(workspace: Workspace): Promise<void> {
    const { view, input, caption } = this.#link;
    if (view?.set) {
      const { labOf } = await import('./lab-of.svelte.ts');
      labOf(workspace).preferred = view.set;
    }
    if (view?.section) workspace.inspecting.section = view.section;
    if (view?.weight) workspace.inspecting.weight = view.weight;
    if (view?.panel) workspace.panel = view.panel;
    if (!view?.task) return;
    offerInput(workspace, view.task, input, caption ?? 'the input of the link').catch(
      (error: unknown) => {
        this.problem = problemOf('The input of the link could not be shown.', error);
      },
    );
  }

  async #put(workspace: Workspace, side: SideName): Promise<void> {
    const linked = this.#link[side === 'original' ? 'left' : 'right'];
    if (!linked || linked.recipe.steps.length === 0) {
      if (linked || side === 'original') await workspace.show(side, originalId, 'link');
      return;
    }
    if (isLong(linked.recipe) && !workspace.variants.find(linked.recipe)) {
      workspace.edit(side);
      workspace.recipe.replace(linked.recipe);
      const match = waitingMatch(linked);
      this.#note(match);
      this.#waits = [...this.#waits, { workspace, linked, match }];
      return;
    }
    const words = `Making ${variantWords(linked)} …`;
    this.#onMaking({ words });
    const { id } = await workspace.make(linked.recipe, {
      signal: this.#making.signal,
      onProgress: ({ done, total }) => this.#onMaking({ words, share: done / total }),
    });
    this.#name(workspace, linked, id);
    await workspace.show(side, id, 'link');
    if (linked.sha256) this.#note(await this.#compared(workspace, linked, id));
  }

  /** Compares what the visitor made meanwhile of a recipe that waited: to be called whenever the variants are others. */
  heed(): void {
    for (const wait of this.#waits) {
      const recipe = JSON.stringify(wait.linked.recipe);
      const { all } = wait.workspace.variants;
      const made = all.find((one) => JSON.stringify(one.recipe) === recipe);
      if (made) untrack(() => void this.#made(wait, made.id));
    }
  }

  async #made(wait: Wait, id: string): Promise<void> {
    const { workspace, linked, match: waiting } = wait;
    this.#waits = this.#waits.filter((one) => one !== wait);
    this.matches = this.matches.filter((one) => one !== waiting);
    this.#name(workspace, linked, id);
    if (!linked.sha256) return;
    try {
      const match = await this.#compared(workspace, linked, id);
      this.#note(match);
      announcer.say(match.words);
    } catch (error) {
      this.problem = problemOf('Its bytes could not be compared with the sender’s.', error);
    }
  }

  async #compared(workspace: Workspace, linked: LinkedVariant, id: string): Promise<Match> {
    return bytesMatch(linked, await hashOf(await workspace.filesOf(id)), this.#sameModel);
  }

  /** By the sender's name, where the visitor gave it none. */
  #name({ variants }: Workspace, { name }: LinkedVariant, id: string): void {
    if (name && variants.get(id)?.name === '') variants.rename(id, name);
  }

  #note(match: Match): void {
    this.matches = [...this.matches, match];
  }
}
