/** What each device computes of the forms that compressed weights take, tried when the visitor asks. */
import type { Support, WebDevice } from '../../bridge/side.ts';
import { isAbort } from '../../core/errors.ts';

export interface Trying {
  readonly device: WebDevice;
  readonly done: number;
  readonly total: number;
}

export class FormSupport {
  found = $state.raw<Readonly<Record<WebDevice, Support>>>({ wasm: {}, webgpu: {} });
  /** The probes in hand. */
  trying = $state.raw<Trying | undefined>();
  /** Devices on which every form was tried. */
  done = $state.raw<readonly WebDevice[]>([]);
  problem = $state('');
  #stopper: AbortController | undefined;

  /** Tries every form on a device. Never rejects: `problem` says what went wrong. */
  async try(device: WebDevice): Promise<void> {
    if (this.trying) return;
    const { signal } = (this.#stopper = new AbortController());
    const onProgress = (done: number, total: number, support: Support): void => {
      this.trying = { device, done, total };
      this.found = { ...this.found, [device]: support };
    };
    this.problem = '';
    this.trying = { device, done: 0, total: 1 };
    try {
      const { probeDevice } = await import('../../bridge/side.ts');
      await probeDevice(device, { signal, onProgress });
      this.done = [...this.done, device];
    } catch (error) {
      if (!isAbort(error)) this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      this.trying = undefined;
    }
  }

  /** What was found stays. */
  stop(): void {
    this.#stopper?.abort();
  }
}

/** For as long as the page lives: a device does not change. */
export const formSupport = new FormSupport();
