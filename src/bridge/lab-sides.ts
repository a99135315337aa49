/** A model that the lab runs behind the visitor's sides: opened again where its worker dies. */
import type { SideFacts } from '../tasks/evaluation/speed.ts';
import type { Contender } from './evaluation.ts';
import { openSide, type Side, type WebDevice } from './side.ts';

/** A model that kills its worker this often is not tried again. */
const mostRevivals = 3;

/** Larger models are opened once: twice would take long. */
const mostReopened = 100_000_000;

const bytesOf = ({ files: { onnx, external } }: Contender): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);

export class LabSide {
  readonly name: string;
  readonly #contender: Contender;
  readonly #device: WebDevice;
  #side: Side | undefined;
  #lost: string | undefined;
  #revivals = 0;
  #closed = false;

  constructor(name: string, contender: Contender, device: WebDevice) {
    this.name = name;
    this.#contender = contender;
    this.#device = device;
  }

  /** The open model, opened anew where the one before was lost. Errors: ModelError, RuntimeError, WorkerCrash, the signal's reason; an Error where it was lost too often. */
  async ready(signal: AbortSignal): Promise<Side> {
    if (this.#side && this.#lost === undefined) return this.#side;
    if (this.#lost !== undefined && this.#revivals++ >= mostRevivals) {
      throw new Error(
        `${this.#contender.name} stopped ${mostRevivals + 1} times, the last time because: ${this.#lost}`,
      );
    }
    this.#side?.close();
    this.#lost = undefined;
    const side = await openSide(this.#contender.files, this.#device, { signal, behind: true });
    if (this.#closed) side.close();
    this.#side = side;
    void side.lost.then((why) => {
      if (this.#side === side) this.#lost = why;
    });
    return side;
  }

  /** Opens it again, so that its time to load is not that of the first model, for which code had to be loaded and compiled. Errors: as `ready`. */
  async reopen(signal: AbortSignal): Promise<void> {
    if (bytesOf(this.#contender) > mostReopened) return;
    this.#side?.close();
    this.#side = undefined;
    await this.ready(signal);
  }

  /** What is known of it besides its runs. */
  async facts(): Promise<Omit<SideFacts, 'written'> | undefined> {
    const side = this.#side;
    if (!side) return undefined;
    const { device, threads, loadMilliseconds: load, residentBytes } = side;
    const heapBytes = await side.memory().catch(() => side.heapBytes);
    return { device, threads, load, residentBytes, heapBytes };
  }

  close(): void {
    this.#closed = true;
    this.#side?.close();
  }
}
