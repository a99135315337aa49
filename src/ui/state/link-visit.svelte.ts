/** A link that was opened: finds its model, or asks for it, and follows the link once it is open. */
import { contentOf, type Source } from '../../store/entry.ts';
import { gather, onnxAmong, type ModelFile, type NamedBlob } from '../../store/model-file.ts';
import { decodeLink, type Link } from '../link/link.ts';
import { fetchWords } from '../link/link-words.ts';
import type { Match } from '../link/match-words.ts';
import { problemOf, type Problem } from '../problem.ts';
import { homeAddress } from './address.ts';
import { announcer } from './announcer.svelte.ts';
import { embedded } from './embedded.svelte.ts';
import { library } from './library.svelte.ts';
import { fetchLinked } from './link-fetch.ts';
import { LinkFollow, type Making } from './link-follow.svelte.ts';
import { hashOf } from './link-of.ts';
import { locked } from './locks.svelte.ts';
import { session } from './session.svelte.ts';
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
  | ({ readonly status: 'making' } & Making)
  | { readonly status: 'done' };

export class LinkVisit {
  readonly link: Link;
  stage = $state.raw<LinkStage>({ status: 'looking' });
  /** What could not be done of it, before a model was open. */
  #trouble = $state.raw<Problem | undefined>();
  readonly #following: LinkFollow;

  /** Errors: LinkError. */
  constructor(hash: string) {
    this.link = decodeLink(hash);
    this.#following = new LinkFollow(this.link, (making) => {
      this.stage = { status: 'making', ...making };
    });
  }

  /** Whether the model and what was made of it are as the sender had them. */
  get matches(): readonly Match[] {
    return this.#following.matches;
  }

  /** What could not be done of it. */
  get problem(): Problem | undefined {
    return this.#trouble ?? this.#following.problem;
  }

  set problem(problem: Problem | undefined) {
    this.#trouble = problem;
    this.#following.problem = undefined;
  }

  /** Opens the model where it is at hand; else asks. Errors: those of opening it. */
  async begin(): Promise<void> {
    const { sha256, source } = this.link.model;
    await library.refresh();
    const known = library.entries?.find((one) => !one.madeFrom && contentOf(one) === sha256);
    if (known) {
      this.stage = { status: 'opening' };
      // Back leads home, and not into the link again.
      history.replaceState(null, '', homeAddress);
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
    history.replaceState(null, '', homeAddress);
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
      history.replaceState(null, '', homeAddress);
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
    history.replaceState(null, '', homeAddress);
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
    this.stage = { status: 'making', words: 'Comparing the model with the sender’s …' };
    locked.set(this.link.locks ?? {});
    if (!(await this.#following.follow(workspace))) return;
    this.stage = { status: 'done' };
    announcer.say(this.matches.map(({ words }) => words).join(' '));
  }

  /** To be called whenever the variants are others: what the link waited for may be among them. */
  heed(): void {
    this.#following.heed();
  }

  /** Stops what is being made. */
  stop(): void {
    this.#following.stop();
    this.stage = { status: 'done' };
  }
}

/** Whether a model came from there, in whatever revision. */
function isFrom(source: Source | undefined, wanted: Source): boolean {
  if (source?.kind === 'hub' && wanted.kind === 'hub') {
    return (
      source.host === wanted.host && source.repo === wanted.repo && source.path === wanted.path
    );
  }
  return source?.kind === 'url' && wanted.kind === 'url' && source.url === wanted.url;
}
