/** One of the two places on the bench: the variant that stands there, and the recipe that is edited for it. */
import { abortError } from '../../bridge/errors.ts';
import { LedgerState } from './ledger.svelte.ts';
import { RecipeEditor } from './recipe.svelte.ts';
import type { Work } from './result.ts';
import { SideState } from './side.svelte.ts';
import type { Variant } from './variant.ts';
import { variantName } from './variants.svelte.ts';

export class Stand {
  readonly side: SideState;
  readonly ledger = new LedgerState();
  readonly recipe: RecipeEditor;
  /** What stands here; it stays while a newer one is made. */
  variant = $state.raw<Variant | undefined>();
  work = $state.raw<Work>({ status: 'idle' });
  #working: AbortController | undefined;
  /** The variant that was opened here last. */
  #ran: Variant | undefined;
  readonly #wentBack: () => void;

  /** `wentBack` hears where a variant could not be opened, and the one before stands here again. */
  constructor(heard: {
    readonly titled: (stand: Stand) => string;
    readonly reopened: () => void;
    readonly edited: (stand: Stand) => void;
    readonly wentBack: () => void;
  }) {
    this.#wentBack = heard.wentBack;
    this.side = new SideState(() => heard.titled(this), heard.reopened);
    this.recipe = new RecipeEditor(() => heard.edited(this));
  }

  /** Ends the work in hand, and begins another whose signal it gives. */
  begin(): AbortSignal {
    this.end('Another recipe took its place.');
    return (this.#working = new AbortController()).signal;
  }

  /** Ends the work in hand; what stands here stays. */
  end(why: string): void {
    this.#working?.abort(abortError(why));
    this.work = { status: 'idle' };
  }

  /** Opens a variant in place of the one before, which stays where the new one can't be opened. */
  put(variant: Variant): void {
    this.work = { status: 'idle' };
    const { status } = this.side.status;
    const isOpen = this.variant?.id === variant.id && (status === 'ready' || status === 'loading');
    this.variant = variant;
    if (!isOpen) void this.#open(variant);
  }

  /** Opens what stands here. */
  open(): void {
    if (this.variant) void this.#open(this.variant);
  }

  async #open(variant: Variant): Promise<void> {
    void this.ledger.measure(variant.files);
    const problem = await this.side.open(variant.files);
    // Another one took its place meanwhile.
    if (this.variant !== variant) return;
    const before = this.#ran;
    if (!problem) this.#ran = variant;
    if (!problem || !before) return;
    this.variant = before;
    void this.ledger.measure(before.files);
    const title = `“${variantName(variant)}” could not be opened here.`;
    const text = `${problem.text} “${variantName(before)}” goes on.`;
    this.work = { status: 'failed', problem: { ...problem, title, text } };
    this.#wentBack();
  }

  /** Nothing stands here any more. */
  clear(): void {
    this.work = { status: 'idle' };
    this.variant = undefined;
    this.#ran = undefined;
    this.ledger.clear();
    this.side.close();
  }

  /** Ends all workers; what stands here stays. */
  close(): void {
    this.end('The model was closed.');
    this.ledger.stop();
    this.side.close();
  }
}
