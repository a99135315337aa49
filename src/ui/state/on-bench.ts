/** What stands left and right, as panels and views ask for it. */
import type { SideName } from '../views/view.ts';
import type { Bench, Shown } from './bench.svelte.ts';
import type { Stand } from './stand.svelte.ts';
import type { Variant } from './variant.ts';

export abstract class OnBench {
  protected abstract readonly bench: Bench;

  /** What stands on the left. */
  get original(): Stand['side'] {
    return this.bench.stands.original.side;
  }

  /** What stands on the right. */
  get compressed(): Stand['side'] {
    return this.bench.stands.compressed.side;
  }

  get originalLedger(): Stand['ledger'] {
    return this.bench.stands.original.ledger;
  }

  get compressedLedger(): Stand['ledger'] {
    return this.bench.stands.compressed.ledger;
  }

  /** The recipe of the side that is edited. */
  get recipe(): Stand['recipe'] {
    return this.bench.stands[this.editing].recipe;
  }

  /** The making of what the edited recipe gives. */
  get work(): Stand['work'] {
    return this.bench.stands[this.editing].work;
  }

  /** What is being made for a side. */
  workOf(side: SideName): Stand['work'] {
    return this.bench.stands[side].work;
  }

  get isWorking(): boolean {
    return this.bench.isWorking;
  }

  /** The side whose recipe is edited. */
  get editing(): SideName {
    return this.bench.editing;
  }

  /** The variant on each side; '' for none. The old one stays while a newer one is made. */
  get shown(): Shown {
    return this.bench.shown;
  }

  /** What each side is called: by its variant where the visitor put others there than at first. */
  get names(): Bench['names'] {
    return this.bench.names;
  }

  /** What stands on a side, with its newest name and figures. */
  variantOn(side: SideName): Variant | undefined {
    return this.bench.variantOn(side);
  }

  nameOf(side: SideName): string {
    return this.names[side];
  }
}
