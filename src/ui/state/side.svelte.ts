/** One side of the workspace: a model on a device, from loading to whatever becomes of it. */
import { openSide, type Side, type WebDevice } from '../../bridge/side.ts';
import type { TraceEntry } from '../../core/compress/compress.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import { judgeWasm } from '../../store/hub/forecast.ts';
import { problemOf, type Problem } from '../problem.ts';
import { bytesOf } from './result.ts';

export type SideStatus =
  | { readonly status: 'empty' }
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly side: Side }
  | { readonly status: 'failed'; readonly problem: Problem };

/** What stands on a side while the visitor tries it: no variant yet, gone when another model is opened. */
export interface Lent {
  /** `4 bits`. */
  readonly name: string;
  readonly bytes: number;
  readonly trace: readonly TraceEntry[];
  /** Open elsewhere, where it is closed too; absent until it is. */
  readonly side?: Side;
  /** `side` is still the one that was tried before. */
  readonly isBehind?: boolean;
}

/** Two workers with a model up to this many bytes may live at once, so that nothing goes dark between them. */
const smallEnoughForTwo = 100_000_000;

const notOpened = 'This model could not be opened here.';
const deviceNames: Readonly<Record<WebDevice, string>> = { wasm: 'WASM', webgpu: 'WebGPU' };

export class SideState {
  device = $state<WebDevice>('wasm');
  status = $state.raw<SideStatus>({ status: 'empty' });
  /** A newer model is being opened while the one of `status` still runs. */
  replacing = $state(false);
  /** In place of the model of `status`, whose answers stay until the lent one is open. */
  lent = $state.raw<Lent | undefined>();
  /** What happened to this side, where it goes on nevertheless; '' for nothing. */
  note = $state('');
  readonly #titled: () => string;
  readonly #reopened: () => void;
  #files: ModelFiles | undefined;
  /** What ran last, to go back to where its successor can't be opened. */
  #ran: { readonly files: ModelFiles; readonly device: WebDevice } | undefined;
  #opening: AbortController | undefined;
  /** The note is about memory. */
  #warned = false;
  #settled: Promise<unknown> = Promise.resolve();

  /** `titled` says what stands here now; `reopened` hears of every model that became ready. */
  constructor(titled: () => string, reopened: () => void) {
    this.#titled = titled;
    this.#reopened = reopened;
  }

  /** What the side is called. */
  get title(): string {
    return this.#titled();
  }

  /**
   * Opens a model in place of the one before. Where it can't be opened and the one before goes on, gives
   * why; otherwise `status` says what became of it. Never rejects.
   */
  open(files: ModelFiles): Promise<Problem | undefined> {
    this.#files = files;
    const opening = this.#open(files);
    this.#settled = opening;
    return opening;
  }

  /** Opens the same model again, after a crash or on another device. Never rejects. */
  async restart(): Promise<void> {
    const problem = this.#files && (await this.open(this.#files));
    if (problem) this.note = `${problem.text} This side goes on with ${deviceNames[this.device]}.`;
  }

  async choose(device: WebDevice): Promise<void> {
    if (device === this.device) return;
    this.device = device;
    this.note = '';
    await this.restart();
  }

  /** Puts a model that is open elsewhere on this side, or takes it away again. */
  lend(lent: Lent | undefined): void {
    const before = this.lent?.side;
    this.lent = lent;
    if (before !== lent?.side) this.#reopened();
  }

  /** Ends the worker; its memory comes back. */
  close(): void {
    this.#opening?.abort();
    this.#files = undefined;
    this.#ran = undefined;
    this.lent = undefined;
    this.#end();
    this.status = { status: 'empty' };
    this.replacing = false;
  }

  /** The open model, once it is loaded; undefined where there is none. Errors: why it is not open. */
  async ready(): Promise<Side | undefined> {
    if (this.lent?.side) return this.lent.side;
    await this.#settled;
    const { status } = this;
    if (status.status === 'failed') throw new Error(status.problem.text);
    return status.status === 'ready' ? status.side : undefined;
  }

  async #open(files: ModelFiles): Promise<Problem | undefined> {
    this.#opening?.abort();
    const opening = (this.#opening = new AbortController());
    const bytes = bytesOf(files);
    if (this.device === 'wasm') this.#warn(bytes);
    if (this.status.status === 'ready' && bytes <= smallEnoughForTwo) {
      this.replacing = true;
    } else {
      this.#end();
      this.status = { status: 'loading' };
    }
    try {
      this.#show(await openSide(files, this.device, { signal: opening.signal }), files);
      return undefined;
    } catch (error) {
      if (opening.signal.aborted) return undefined;
      return this.#goBack(problemOf(notOpened, error), opening.signal);
    }
  }

  /** The model that ran goes on; gives the problem where it does. */
  async #goBack(problem: Problem, signal: AbortSignal): Promise<Problem | undefined> {
    const ran = this.#ran;
    if (!ran) {
      this.#fail(problem);
      return undefined;
    }
    this.#files = ran.files;
    this.device = ran.device;
    if (ran.device === 'wasm') this.#warn(bytesOf(ran.files));
    if (this.status.status === 'ready') {
      this.replacing = false;
      return problem;
    }
    // It was closed to make room.
    try {
      this.#show(await openSide(ran.files, ran.device, { signal }), ran.files);
      return problem;
    } catch {
      if (!signal.aborted) this.#fail(problem);
      return undefined;
    }
  }

  #show(side: Side, files: ModelFiles): void {
    this.#end();
    this.status = { status: 'ready', side };
    this.#ran = { files, device: side.device };
    this.lent = undefined;
    this.replacing = false;
    void side.lost.then((reason) => {
      const { status } = this;
      if (status.status !== 'ready' || status.side !== side) return;
      // What stopped once is not gone back to.
      this.#ran = undefined;
      if (side.device === 'webgpu') this.#fallBack(reason);
      else this.#fail(problemOf('This side stopped.', new Error(reason)));
    });
    this.#reopened();
  }

  /** Says before it is tried that memory may not suffice; takes back what was said of another model. */
  #warn(bytes: number): void {
    const { fit, why } = judgeWasm(bytes, 'fp32', {});
    if (fit !== 'fits') this.note = why;
    else if (this.#warned) this.note = '';
    this.#warned = fit !== 'fits';
  }

  /** Goes on where nothing can be lost. */
  #fallBack(reason: string): void {
    this.device = 'wasm';
    void this.restart();
    this.note = `${reason.split(': ')[0]!}. This side goes on with WASM.`;
  }

  #fail(problem: Problem): void {
    this.#end();
    this.#ran = undefined;
    this.status = { status: 'failed', problem };
    this.lent = undefined;
    this.replacing = false;
  }

  #end(): void {
    if (this.status.status === 'ready') this.status.side.close();
  }
}
