/**
 * Where the visitor is: at home or in the workspace of one model. The address' hash says it too
 * (`#/model/ID`), so that reloading and the browser's own buttons work.
 */
import type { Recipe } from '../../core/compress/recipe.ts';
import type { NamedBlob, ModelFile } from '../../store/model-file.ts';
import { gather, onnxAmong } from '../../store/model-file.ts';
import { problemOf, type Problem } from '../problem.ts';
import type { ModelCard } from '../../zoo/card.ts';
import { announcer } from './announcer.svelte.ts';
import { homeAddress, modelAddress, readAddress } from './address.ts';
import { embedded } from './embedded.svelte.ts';
import { library } from './library.svelte.ts';
import type { LinkVisit } from './link-visit.svelte.ts';
import { locked } from './locks.svelte.ts';
import type { OpenModel, Stored } from './open-model.ts';
import { workerCodec } from './worker-codec.ts';
import type { Workspace } from './workspace.svelte.ts';

/** An input of the task, and what it is called in the view. */
export interface Given {
  readonly input: unknown;
  readonly name: string;
}

/** The id of a model that is open and not stored. */
const unstored = 'open';

const deletedElsewhere =
  'This model was deleted in another tab. It stays open here until this tab closes; new results are not stored.';

/** Several models in what was opened: the visitor chooses. */
export interface Choice {
  readonly models: readonly NamedBlob[];
  readonly files: readonly NamedBlob[];
}

class Session {
  screen = $state<'home' | 'workspace'>('home');
  workspace = $state.raw<Workspace | undefined>();
  /** What is being read now; '' for nothing. */
  opening = $state('');
  problem = $state.raw<Problem | undefined>();
  choice = $state.raw<Choice | undefined>();
  /** The link that was opened, until it is put away. */
  visit = $state.raw<LinkVisit | undefined>();
  /** Why the open model is not stored; '' where it is. */
  notStored = $state('');
  #open: OpenModel | undefined;
  /** What the open model is shown as where nothing stood on its bench before. */
  #first: Recipe | undefined;
  #turn = 0;
  /** What the model that is being opened shall show first. */
  #given: Given | undefined;

  start(): void {
    addEventListener('hashchange', () => void this.#route());
    library.onRefresh = () => this.#checkStored();
    void library.start();
    void this.#route();
    addEventListener('pagehide', () => this.#open?.flush());
    void import('./downloads.svelte.ts').then(({ downloads }) => downloads.start());
  }

  /** Opens a model among files that were dropped or picked; asks which where there are several. */
  async openFiles(files: readonly NamedBlob[]): Promise<void> {
    this.problem = undefined;
    this.choice = undefined;
    if (locked.isLocked('model')) {
      this.#fail('No model was opened.', new Error(`${locked.reason('model')} Unlock it first.`));
      return;
    }
    try {
      const models = onnxAmong(files);
      if (models.length > 1) this.choice = { models, files };
      else if (models[0]) await this.openChosen(models[0], files);
    } catch (error) {
      this.#fail('No model was opened.', error);
    }
  }

  /** Opens one of several models. */
  async openChosen(chosen: NamedBlob, files: readonly NamedBlob[]): Promise<void> {
    this.choice = undefined;
    const name = chosen.path.slice(chosen.path.lastIndexOf('/') + 1);
    await this.#reading(name, async (turn) => {
      const file = await gather(chosen, files, workerCodec);
      await this.#enter(turn, { source: { kind: 'files' }, ...file }, undefined);
    });
  }

  /** Opens a model that comes with the page; as it was left, where it was open before. `given` is what its view shows first. */
  async openEmbedded(card: ModelCard, given?: Given): Promise<void> {
    this.#given = given;
    if (library.entries?.some(({ id }) => id === card.sha256)) {
      history.pushState(null, '', modelAddress(card.sha256));
      await this.#route();
      return;
    }
    await this.#reading(card.label, async (turn) => {
      const files = await embedded.load(card);
      const file = await gather(onnxAmong(files)[0]!, files);
      const source = { kind: 'embedded', id: card.id } as const;
      await this.#enter(turn, { ...file, source }, undefined);
    });
  }

  /** Opens a model that was brought here and lies nowhere yet. */
  async openImported(file: ModelFile): Promise<void> {
    await this.#reading(file.name, (turn) => this.#enter(turn, file, undefined));
  }

  /** Opens a model of the library. */
  openStored(id: string): void {
    history.pushState(null, '', modelAddress(id));
    void this.#route();
  }

  home(): void {
    if (location.hash && location.hash !== homeAddress) history.pushState(null, '', homeAddress);
    void this.#route();
  }

  /** Deletes stored models and results. */
  async remove(ids: readonly string[]): Promise<void> {
    try {
      if (this.#open?.id && ids.includes(this.#open.id)) this.#forget();
      await library.remove(ids);
      announcer.say('Deleted.');
    } catch (error) {
      this.#fail('The model could not be deleted.', error);
    }
  }

  /** Puts the link away; what it opened stays. */
  endVisit(): void {
    this.visit?.stop();
    this.visit = undefined;
  }

  async #follow(hash: string): Promise<void> {
    this.#leave();
    this.endVisit();
    locked.unlock();
    this.problem = undefined;
    const turn = this.#turn;
    try {
      const { LinkVisit } = await import('./link-visit.svelte.ts');
      if (turn !== this.#turn) return;
      this.visit = new LinkVisit(hash);
      await this.visit.begin();
    } catch (error) {
      if (turn !== this.#turn) return;
      this.visit = undefined;
      history.replaceState(null, '', homeAddress);
      this.#fail('This link could not be opened.', error);
    }
  }

  async #route(): Promise<void> {
    const address = readAddress(location.hash);
    if (address.place === 'link') return this.#follow(location.hash);
    if (address.place === 'home') {
      this.#leave();
      return;
    }
    const { id, variant } = address;
    if (this.#open && id === (this.#open.id ?? unstored) && !variant) this.#show();
    else if (id === unstored) history.replaceState(null, '', homeAddress);
    else {
      await this.#reading('the stored model', async (turn) => {
        const { fromLibrary } = await import('./open-model.ts');
        const { file, ...stored } = await fromLibrary(id);
        await this.#enter(turn, file, variant === undefined ? stored : { ...stored, variant });
      });
      if (this.problem && this.screen === 'home') history.replaceState(null, '', homeAddress);
    }
  }

  /** Reads `name` unless something else is opened meanwhile. */
  async #reading(name: string, read: (turn: number) => Promise<void>): Promise<void> {
    const turn = ++this.#turn;
    this.opening = name;
    this.problem = undefined;
    announcer.say(`Reading ${name} …`);
    try {
      await read(turn);
    } catch (error) {
      if (turn === this.#turn) this.#fail(`Could not open ${name}.`, error);
    } finally {
      if (turn === this.#turn) this.opening = '';
    }
  }

  async #enter(turn: number, file: ModelFile, stored: Stored | undefined): Promise<void> {
    const { openModel } = await import('./open-model.ts');
    const promised = embedded.promised(file.source);
    const open = await openModel(file, stored);
    const first = await promised;
    if (turn !== this.#turn) return;
    this.#first = first;
    this.#forget();
    // It told of the model before.
    if (this.visit?.stage.status === 'done') this.endVisit();
    this.#open = open;
    this.workspace = open.workspace;
    announcer.say(`${file.name} is open.`);
    this.notStored = '';
    const path = modelAddress(open.id ?? unstored);
    // What was asked for by its address keeps its place: back would lead into it again.
    if (stored) history.replaceState(null, '', path);
    else if (location.hash !== path) history.pushState(null, '', path);
    this.#show();
    if (stored === undefined) await this.#store(open);
  }

  /** Stores the open model; it stays open where that fails. */
  async #store(open: OpenModel): Promise<void> {
    try {
      const id = await open.store();
      const isShown = this.#open === open && location.hash === modelAddress(unstored);
      if (isShown) history.replaceState(null, '', modelAddress(id));
    } catch (error) {
      if (this.#open === open) {
        this.notStored = error instanceof Error ? error.message : String(error);
      }
    }
  }

  /** Another tab may have deleted what is open here; and a model that got another name is read again. */
  #checkStored(): void {
    const open = this.#open;
    if (open?.id === undefined) return;
    const entry = library.entries?.find(({ id }) => id === open.id);
    if (entry) {
      open.keepOnly(new Set(library.entries?.map(({ id }) => id)));
      if (entry.name !== open.workspace.file.name && !open.isRunning) this.#forget();
      return;
    }
    const isShown = location.hash === modelAddress(open.id);
    open.lose();
    if (isShown) history.replaceState(null, '', modelAddress(unstored));
    this.notStored = deletedElsewhere;
    announcer.say(deletedElsewhere);
  }

  /** Stores the open model again, after it was deleted elsewhere or there was no room for it. */
  async storeAgain(): Promise<void> {
    this.notStored = '';
    if (this.#open?.id === undefined && this.#open) await this.#store(this.#open);
  }

  #show(): void {
    if (this.#given) this.workspace?.offer(this.#given.input, this.#given.name);
    this.#given = undefined;
    const { workspace, visit } = this;
    const follows = workspace && visit?.awaits(workspace.file) ? visit : undefined;
    if (this.screen !== 'workspace' || !this.#open?.isRunning) {
      this.screen = 'workspace';
      // What a link shows is made in place of what a first visit shows.
      const first = this.#first ? { first: this.#first } : {};
      this.#open?.start({ bare: follows !== undefined, ...first });
      scrollTo(0, 0);
    }
    if (follows && workspace) void follows.apply(workspace);
  }

  #leave(): void {
    this.screen = 'home';
    if (this.visit?.stage.status === 'making') this.endVisit();
    this.#given = undefined;
    this.#turn++;
    this.opening = '';
    this.#open?.stop();
    scrollTo(0, 0);
  }

  #forget(): void {
    this.#open?.stop();
    this.#open = undefined;
    this.workspace = undefined;
  }

  #fail(title: string, error: unknown): void {
    if (this.visit?.stage.status === 'opening') this.visit = undefined;
    this.problem = problemOf(title, error);
    announcer.say(`${title} ${this.problem.text}`);
  }
}

export const session = new Session();
