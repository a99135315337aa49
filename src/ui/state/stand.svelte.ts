/** One of the two places on the bench: the variant that stands there, and the recipe that is edited for it. */
import { abortError } from '../../bridge/errors.ts';
import { LedgerState } from './ledger.svelte.ts';
import { RecipeEditor } from './recipe.svelte.ts';
import type { Work } from './result.ts';
import { SideState } from './side.svelte.ts';
import type { Variant } from './variant.ts';

export class Stand {
  readonly side: SideState;
  readonly ledger = new LedgerState();
  readonly recipe: RecipeEditor;
  /** What stands here; it stays while a newer one is made. */
  variant = $state.raw<Variant | undefined>();
  work = $state.raw<Work>({ status: 'idle' });
  #working: AbortController | undefined;

  constructor(heard: {
    readonly titled: (stand: Stand) => string;
    readonly reopened: () => void;
    readonly edited: (stand: Stand) => void;
  }) {
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

  /** Opens a variant in place of the one before. */
  put(variant: Variant): void {
    this.work = { status: 'idle' };
    const { status } = this.side.status;
    const isOpen = this.variant?.id === variant.id && (status === 'ready' || status === 'loading');
    this.variant = variant;
    if (!isOpen) this.open();
  }

  /** Opens what stands here. */
  open(): void {
    const { variant } = this;
    if (!variant) return;
    void this.side.open(variant.files);
    void this.ledger.measure(variant.files);
  }

  /** Nothing stands here any more. */
  clear(): void {
    this.work = { status: 'idle' };
    this.variant = undefined;
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
