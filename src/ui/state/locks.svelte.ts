/** The controls that the link of this visit has locked or hidden; gone when the page is left. */
import type { LockId, Locks } from '../link/locks.ts';

class LockState {
  #locks = $state.raw<Locks>({});
  readonly any = $derived(Object.keys(this.#locks).length > 0);

  /** Out of reach, whether it is seen or not. */
  isLocked(id: LockId): boolean {
    return this.#locks[id] !== undefined;
  }

  isHidden(id: LockId): boolean {
    return this.#locks[id] === 'hidden';
  }

  /** Why a control is disabled; '' where it is not. */
  reason(id: LockId): string {
    return this.isLocked(id) ? 'Locked by this link.' : '';
  }

  set(locks: Locks): void {
    this.#locks = locks;
  }

  unlock(): void {
    this.#locks = {};
  }
}

export const locked = new LockState();
