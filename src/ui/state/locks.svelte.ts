/** The controls that the link of this visit has locked or hidden; gone when the page is left. */
import { lockIds, type LockId, type Locks } from '../link/locks.ts';

class LockState {
  #locks = $state.raw<Locks>({});
  /** Those that are locked or hidden, in the order of the table. */
  readonly ids = $derived(lockIds.filter((id) => this.isLocked(id)));

  /** Out of reach, whether it is seen or not. */
  isLocked(id: LockId): boolean {
    // Another variant brings its recipe along: a lesson would be left by it.
    if (id === 'variants' && this.#locks.recipe !== undefined) return true;
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
