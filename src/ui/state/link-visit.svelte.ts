/** A link that was opened: finds its model, makes what stood on its sides, and says whether that is the same as the sender's. */
import { needsOf } from '../../core/compress/needs.ts';
import type { Recipe } from '../../core/compress/recipe.ts';
import { isAbort } from '../../core/errors.ts';
import { contentOf, type Source } from '../../store/entry.ts';
import { gather, onnxAmong, type ModelFile, type NamedBlob } from '../../store/model-file.ts';
import { decodeLink, type Link, type LinkedVariant } from '../link/link.ts';
import { fetchWords, variantWords } from '../link/link-words.ts';
import { problemOf, type Problem } from '../problem.ts';
import type { SideName } from '../views/view.ts';
import { announcer } from './announcer.svelte.ts';
import { embedded } from './embedded.svelte.ts';
import { library } from './library.svelte.ts';
import { fetchLinked } from './link-fetch.ts';
import { offerInput } from './link-input.ts';
import { hashOf } from './link-of.ts';
import { locked } from './locks.svelte.ts';
import { session } from './session.svelte.ts';
import { originalId } from './variant.ts';
import { workerCodec } from './worker-codec.ts';
import type { Workspace } from './workspace.svelte.ts';

export type LinkStage =
  /** What is to be fetched from elsewhere waits for a yes. */
  | { readonly status: 'asking'; readonly words: string }
  /** The sender's own file is asked for. `other`: one that was given and is another. */
  | { readonly status: 'file'; readonly checking?: string; readonly other?: ModelFile }
  | { readonly status: 'fetching' }
  /** Looking for the model. */
  | { readonly status: 'looking' }
  | { readonly status: 'opening' }
  | { readonly status: 'making'; readonly words: string; readonly share?: number }
  | { readonly status: 'done' };

/** Whether one thing is as the sender had it, in words. */
export interface Match {
  readonly same: boolean;
  readonly words: string;
}

const sides = ['original', 'compressed'] as const;

export class LinkVisit {
  readonly link: Link;
  stage = $state.raw<LinkStage>({ status: 'looking' });
  matches = $state.raw<readonly Match[]>([]);
  /** What could not be done of it. */
  problem = $state.raw<Problem | undefined>();
  readonly #making = new AbortController();
  #sameModel = true;

  /** Errors: LinkError. */
  constructor(hash: string) {
    this.link = decodeLink(hash);
  }

  /** Opens the model where it is at hand; else asks. Errors: those of opening it. */
  async begin(): Promise<void> {
    const { sha256, source } = this.link.model;
    await library.refresh();
    const known = library.entries?.find((one) => !one.madeFrom && contentOf(one) === sha256);
    if (known) {
      this.stage = { status: 'opening' };
      // Back leads home, and not into the link again.
      history.replaceState(null, '', '#/');
      session.openStored(known.id);
    } else if (source.kind === 'embedded') await this.#openEmbedded(source.id);
    else if (source.kind === 'files') this.stage = { status: 'file' };
    else this.stage = { status: 'asking', words: fetchWords(this.link) };
  }

  async #openEmbedded(id: string): Promise<void> {
    await embedded.start();
    const card = embedded.cards?.find((one) => one.id === id);
    if (!card) {
      throw new Error(
        `It opens "${id}", which does not come with this page. Open the page that the sender used, or ask for the model's file.`,
      );
    }
    this.stage = { status: 'opening' };
    history.replaceState(null, '', '#/');
    await session.openEmbedded(card);
  }

  /** The visitor said yes. Never rejects. */
  async fetch(): Promise<void> {
    const { source, name } = this.link.model;
    this.problem = undefined;
    this.stage = { status: 'fetching' };
    announcer.say(`${name} is being fetched.`);
    try {
      await fetchLinked(source, name);
      history.replaceState(null, '', '#/');
    } catch (error) {
      this.stage = { status: 'asking', words: fetchWords(this.link) };
      this.problem = problemOf(`${name} could not be fetched.`, error);
    }
  }

  /** The visitor's copy of the sender's file, or a folder with it. */
  async give(files: readonly NamedBlob[]): Promise<void> {
    this.problem = undefined;
    try {
      let other: ModelFile | undefined;
      for (const chosen of onnxAmong(files)) {
        this.stage = { status: 'file', checking: chosen.path };
        const file = await gather(chosen, files, workerCodec);
        if ((await hashOf(file)) === this.link.model.sha256) {
          await this.take(file);
          return;
        }
        other ??= file;
      }
      this.stage = { status: 'file', ...(other ? { other } : {}) };
    } catch (error) {
      this.stage = { status: 'file' };
      this.problem = problemOf('This file could not be read.', error);
    }
  }

  /** Goes on with a file, be it the sender's or not. */
  async take(file: ModelFile): Promise<void> {
    history.replaceState(null, '', '#/');
    this.stage = { status: 'opening' };
    await session.openImported({ source: { kind: 'files' }, ...file });
  }

  /** Whether this is the model that the link waits for. */
  awaits({ source }: ModelFile): boolean {
    if (this.stage.status === 'opening') return true;
    return this.stage.status === 'fetching' && isFrom(source, this.link.model.source);
  }

  /** Brings an open model into the state of the link. Never rejects. */
  async apply(workspace: Workspace): Promise<void> {
    const { link } = this;
    this.stage = { status: 'making', words: 'Comparing the model with the sender’s …' };
    locked.set(link.locks ?? {});
    try {
      await this.#look(workspace);
      const hash = await hashOf(workspace.file);
      this.#sameModel = hash === link.model.sha256;
      this.#note(
        this.#sameModel,
        this.#sameModel ? 'The model is the sender’s, byte for byte.' : this.#otherModel(),
      );
      for (const side of sides) await this.#put(workspace, side);
      workspace.edit(link.view?.editing ?? 'compressed');
    } catch (error) {
      if (this.#making.signal.aborted || isAbort(error)) return;
      this.problem = problemOf('The link could not be followed to its end.', error);
    }
    this.stage = { status: 'done' };
    announcer.say(this.matches.map(({ words }) => words).join(' '));
  }

  /** Stops what is being made. */
  stop(): void {
    this.#making.abort();
    this.stage = { status: 'done' };
  }

  /** Panel, task and input: what needs no making. */
  async #look(workspace: Workspace): Promise<void> {
    const { view, input, caption } = this.link;
    if (view?.set) {
      const { labOf } = await import('./lab.svelte.ts');
      labOf(workspace).preferred = view.set;
    }
    if (view?.section) workspace.inspecting.section = view.section;
    if (view?.weight) workspace.inspecting.weight = view.weight;
    if (view?.panel) workspace.panel = view.panel;
    const { set = '' } = view ?? {};
    if (set) void import('./lab.svelte.ts').then(({ labOf }) => (labOf(workspace).preferred = set));
    if (!view?.task) return;
    offerInput(workspace, view.task, input, caption ?? 'the input of the link').catch(
      (error: unknown) => {
        this.problem = problemOf('The input of the link could not be shown.', error);
      },
    );
  }

  async #put(workspace: Workspace, side: SideName): Promise<void> {
    const linked = this.link[side === 'original' ? 'left' : 'right'];
    if (!linked || linked.recipe.steps.length === 0) {
      if (linked || side === 'original') await workspace.show(side, originalId);
      return;
    }
    if (isLong(linked.recipe) && !workspace.variants.find(linked.recipe)) {
      workspace.edit(side);
      workspace.recipe.replace(linked.recipe);
      const words = `${variantWords(linked)} trains or searches, which takes minutes: its recipe is below, start it there.`;
      this.#note(true, words);
      return;
    }
    this.stage = { status: 'making', words: `Making ${variantWords(linked)} …` };
    const { id } = await workspace.make(linked.recipe, {
      signal: this.#making.signal,
      onProgress: ({ done, total }) => {
        this.stage = {
          status: 'making',
          words: `Making ${variantWords(linked)} …`,
          share: done / total,
        };
      },
    });
    if (linked.name && workspace.variants.get(id)?.name === '') {
      workspace.variants.rename(id, linked.name);
    }
    await workspace.show(side, id);
    await this.#compare(workspace, linked, id);
  }

  async #compare(workspace: Workspace, linked: LinkedVariant, id: string): Promise<void> {
    if (!linked.sha256) return;
    const hash = await hashOf(await workspace.filesOf(id));
    const name = variantWords(linked);
    if (hash === linked.sha256)
      this.#note(true, `${name}: the bytes are the same as the sender’s.`);
    else
      this.#note(false, `${name}: the bytes differ from the sender’s. ${this.#whyOther(linked)}`);
  }

  #whyOther({ recipe, own }: LinkedVariant): string {
    if (!this.#sameModel) return 'The models they were made from differ.';
    if (own) return 'It was made on samples of the sender’s own, which no link carries.';
    return needsOf(recipe).size > 0
      ? 'Its recipe runs the model, and devices round differently.'
      : 'Another version of Scrunch may have made them.';
  }

  #otherModel(): string {
    const { source } = this.link.model;
    const why = {
      embedded: 'The page that the link is from has another version of it.',
      hub: 'The repository has changed since.',
      url: 'The file at that address has changed since.',
      files: 'It is another file.',
    }[source.kind];
    return `The model differs from the sender’s. ${why}`;
  }

  #note(same: boolean, words: string): void {
    this.matches = [...this.matches, { same, words }];
  }
}

const isLong = (recipe: Recipe): boolean => {
  const needs = needsOf(recipe);
  return needs.has('training') || needs.has('search');
};

/** Whether a model came from there, in whatever revision. */
function isFrom(source: Source | undefined, wanted: Source): boolean {
  if (source?.kind === 'hub' && wanted.kind === 'hub') {
    return (
      source.host === wanted.host && source.repo === wanted.repo && source.path === wanted.path
    );
  }
  return source?.kind === 'url' && wanted.kind === 'url' && source.url === wanted.url;
}
