/** An original and a variant of which single layers are put back. */
import { diff } from '../src/core/compress/diff.ts';
import { restore } from '../src/core/compress/restore.ts';
import { rowError } from '../src/core/inspect/tensor-rows.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { Model } from '../src/core/onnx/types.ts';
import { writeOnnx } from '../src/core/onnx/write.ts';
import type { ModelFiles } from '../src/core/runtime.ts';
import type { ChangedLayer } from '../src/core/evaluate/restored.ts';

export interface OpenRestoration {
  /** The layers that can be put back alone, in the order of the model. */
  readonly layers: readonly ChangedLayer[];
  readonly left: readonly { readonly key: string; readonly why: string }[];
}

export class Restoration {
  readonly found: OpenRestoration;
  readonly #original: Model;
  readonly #variant: Model;

  private constructor(original: Model, variant: Model, found: OpenRestoration) {
    this.#original = original;
    this.#variant = variant;
    this.found = found;
  }

  /** Reads both and finds what differs. Errors: ModelError. */
  static async open(originalFiles: ModelFiles, variantFiles: ModelFiles): Promise<Restoration> {
    const [original, variant] = [await readOnnx(originalFiles), await readOnnx(variantFiles)];
    const layers: ChangedLayer[] = [];
    const left: { key: string; why: string }[] = [];
    const models = {
      original: { model: original, files: originalFiles },
      left: { model: original, files: originalFiles },
      right: { model: variant, files: variantFiles },
    };
    const { signal } = new AbortController();
    for (const { key, role } of await diff(original, variant)) {
      const alone = restore(original, variant, [key]);
      if (!alone.done) {
        left.push({ key, why: alone.why });
        continue;
      }
      // A weight that can't be read can still be put back.
      const error = await rowError(models, key, signal).catch(() => undefined);
      const { relative } = error ?? {};
      layers.push({ key, role, ...(relative === undefined ? {} : { weightError: relative }) });
    }
    return new Restoration(original, variant, { layers, left });
  }

  /** The variant with these weights as in the original; undefined where they can't be put back together. */
  files(keys: readonly string[]): ModelFiles | undefined {
    const restored = restore(this.#original, this.#variant, keys);
    return restored.done ? writeOnnx(restored.model) : undefined;
  }
}
