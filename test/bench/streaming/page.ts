/** The page of streaming.bench.ts: the storyteller through the page's own side and through a bare session. */
import { wrap, type Remote } from 'comlink';

import { openSide, type Side, type WebDevice } from '../../../src/bridge/side.ts';
import type { GeneratedToken, Plan } from '../../../src/tasks/loops/loop.ts';
import { turnLength } from '../../../src/ui/state/planned-side.ts';
import type { BareApi } from './bare.worker.ts';

/** Tokens and the milliseconds from the beginning to each of them, as the page sees them arrive. */
export interface Written {
  readonly ids: readonly number[];
  readonly times: readonly number[];
}

let side: Side | undefined;
let bare: Remote<BareApi> | undefined;

const streaming = {
  /** Gives the number of threads that both have; the bare session runs on WASM in any case. */
  async open(base64: string, device: WebDevice = 'wasm'): Promise<number> {
    const model = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    side = await openSide({ onnx: new Blob([model]), external: new Map() }, device);
    const worker = new Worker(new URL('./bare.worker.ts', import.meta.url), { type: 'module' });
    bare = wrap<BareApi>(worker);
    await bare.open(model, side.threads);
    return side.threads;
  },

  /** By `begin` and `advance`, with the candidates that the view shows. */
  async own(prompt: readonly number[], count: number): Promise<Written> {
    if (!side) throw new Error('No model is open.');
    const request = { prompt, limit: count, context: Infinity, ends: [], candidates: 5 };
    const plan: Plan = { loop: 'generate', request };
    const start = performance.now();
    await side.begin(plan);
    const ids: number[] = [];
    const times: number[] = [];
    for (let done = false; !done;) {
      const advanced = await side.advance(ids.length === 0 ? 0 : turnLength);
      const now = performance.now() - start;
      for (const { id } of advanced.chunks as readonly GeneratedToken[]) {
        ids.push(id);
        times.push(now);
      }
      ({ done } = advanced);
    }
    return { ids, times };
  },

  async bare(prompt: readonly number[], count: number): Promise<Written> {
    if (!bare) throw new Error('No model is open.');
    return bare.write([...prompt], count);
  },
};

declare global {
  interface Window {
    streaming: typeof streaming;
  }
}
window.streaming = streaming;
