/**
 * The least that writes text with the storyteller: a session of onnxruntime-web, one run for the prompt
 * and one for each token, the largest logit. None of the project's code runs here.
 */
import { expose } from 'comlink';
import * as ort from 'onnxruntime-web/webgpu';

let session: ort.InferenceSession | undefined;

const row = (numbers: readonly number[]): ort.Tensor =>
  new ort.Tensor('int64', BigInt64Array.from(numbers, BigInt), [1, numbers.length]);

const api = {
  async open(model: Uint8Array, threads: number): Promise<void> {
    const folder = new URL('../ort/', self.location.href);
    const file = (end: string) => new URL(`ort-wasm-simd-threaded.asyncify.${end}`, folder).href;
    ort.env.wasm.wasmPaths = { mjs: file('mjs'), wasm: file('wasm') };
    ort.env.wasm.numThreads = threads;
    session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  },

  /** Milliseconds from the call to each token. */
  async write(prompt: readonly number[], count: number) {
    if (!session) throw new Error('No model is open.');
    const start = performance.now();
    const names = session.inputNames.filter((name) => name.startsWith('past_key_values'));
    let past: Record<string, ort.Tensor> = Object.fromEntries(
      names.map((name) => [name, new ort.Tensor('float32', new Float32Array(), [1, 2, 0, 32])]),
    );
    const ids: number[] = [];
    const times: number[] = [];
    let fresh = prompt;
    let length = 0;
    while (ids.length < count) {
      const outputs = await session.run({
        input_ids: row(fresh),
        attention_mask: row(new Array<number>(length + fresh.length).fill(1)),
        position_ids: row(fresh.map((_, index) => length + index)),
        ...past,
      });
      length += fresh.length;
      past = Object.fromEntries(
        names.map((name) => [name, outputs[name.replace('past_key_values', 'present')]!]),
      );
      const logits = outputs['logits']!;
      const width = logits.dims[2]!;
      const last = (logits.data as Float32Array).subarray(-width);
      let best = 0;
      for (let id = 1; id < width; id++) if (last[id]! > last[best]!) best = id;
      ids.push(best);
      times.push(performance.now() - start);
      fresh = [best];
    }
    return { ids, times };
  },
};

export type BareApi = typeof api;
expose(api);
