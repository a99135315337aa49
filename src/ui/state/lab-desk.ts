/** The lab's worker as the page has it: opened when it is first needed, with the set that was loaded last. */
import type {
  Contender,
  Lab,
  OpenLabOptions,
  SetChoice,
  SetFacts,
} from '../../bridge/evaluation.ts';
import type { Files } from '../../tasks/files.ts';
import { variantName } from './variants.svelte.ts';
import type { Workspace } from './workspace.svelte.ts';

/** What of the workspace the lab needs. */
export type LabHost = Pick<Workspace, 'variants' | 'shown' | 'filesOf'> & {
  readonly task: Pick<Workspace['task'], 'id' | 'facts'>;
  readonly file: { readonly extras: Files };
};

export class LabDesk {
  readonly #host: LabHost;
  readonly #open: (options: OpenLabOptions) => Promise<Lab>;
  #lab: Promise<Lab> | undefined;
  #loaded = '';
  #loadedFiles: Files | undefined;

  constructor(host: LabHost, open: (options: OpenLabOptions) => Promise<Lab>) {
    this.#host = host;
    this.#open = open;
  }

  /** Errors: those of opening, after which it can be tried again; an Error where the task is not ready. */
  opened(): Promise<Lab> {
    if (this.#lab) return this.#lab;
    const { task, file } = this.#host;
    if (task.id === undefined || !task.facts) {
      return Promise.reject(new Error('The task is not ready yet. Try again in a moment.'));
    }
    const lab = this.#open({ task: task.id, facts: task.facts, files: file.extras });
    this.#lab = lab;
    lab.catch(() => {
      if (this.#lab === lab) this.#lab = undefined;
    });
    return lab;
  }

  /** Loads a set unless it is loaded; `onLoading` is told before. Undefined where it was. Errors: those of loading. */
  async load(
    choice: SetChoice,
    files: Files,
    signal: AbortSignal,
    onLoading: () => void,
  ): Promise<SetFacts | undefined> {
    const text = JSON.stringify(choice);
    const isFiles = choice.id === 'files';
    if (this.#loaded === text && (!isFiles || this.#loadedFiles === files)) return undefined;
    this.#loaded = '';
    onLoading();
    const lab = await this.opened();
    const facts = await lab.load(choice, isFiles ? files : undefined, signal);
    this.#loaded = text;
    this.#loadedFiles = files;
    return facts;
  }

  /** A variant and its files. Errors: an Error where it was deleted; those of making it again. */
  async contender(id: string, signal: AbortSignal): Promise<Contender> {
    const record = this.#host.variants.get(id);
    if (!record) throw new Error('This variant was deleted meanwhile. Choose another one.');
    return { id, name: variantName(record), files: await this.#host.filesOf(id, signal) };
  }

  /** Ends the worker. */
  close(): void {
    void this.#lab?.then((lab) => lab.close()).catch(() => undefined);
    this.#lab = undefined;
    this.#loaded = '';
  }
}
