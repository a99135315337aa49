/** The size ledger of one side: without the coded size first, which takes as long as coding. */
import { ledgerInWorker, codedBytesInWorker, type Ledger } from '../../bridge/compressor.ts';
import { abortError } from '../../bridge/errors.ts';
import type { ModelFiles } from '../../core/runtime.ts';

export class LedgerState {
  /** Stays while a newer one is added up; `coded` is absent until it is known. */
  value = $state.raw<Ledger | undefined>();
  #measuring: AbortController | undefined;

  /** Measures a model in place of the one before. Never rejects: sizes alone do not stop the work. */
  async measure(files: ModelFiles): Promise<void> {
    this.stop();
    const { signal } = (this.#measuring = new AbortController());
    const stopped = (): boolean => signal.aborted;
    const ledger = await ledgerInWorker(files, signal).catch(() => undefined);
    if (stopped()) return;
    this.value = ledger;
    if (!ledger) return;
    // A size of none says that it could not be found out.
    const coded = await codedBytesInWorker(files, signal).catch(() => 0);
    if (!stopped()) this.value = { ...ledger, coded };
  }

  /** Forgets the model: there is none any more. */
  clear(): void {
    this.stop();
    this.value = undefined;
  }

  /** Ends the measuring; what is known stays. */
  stop(): void {
    this.#measuring?.abort(abortError('Another model is measured.'));
  }
}
