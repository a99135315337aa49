/** Which layer's restoration repairs an answer: a measurement, each layer put back alone. */
import { RuntimeError } from '../core/errors.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type { Explanation, RestoredLayer } from '../tasks/evaluation/report.ts';
import type { Repair } from '../tasks/evaluation/repair.ts';
import type { Contender, LabOptions } from './evaluation.ts';
import { runExample, type Desk } from './lab-runs.ts';
import { LabSide } from './lab-sides.ts';
import { createShelf, type Shelf } from './scrub.ts';
import type { Side, WebDevice } from './side.ts';

export type { Explanation, RestoredLayer } from '../tasks/evaluation/report.ts';

export interface ExplainOptions extends LabOptions {
  readonly device: WebDevice;
  /** Most layers that are tried; 64 unless told. The ones whose weights changed most come first. */
  readonly most?: number;
  readonly onExplanation?: (so: Explanation) => void;
}

const usualMost = 64;
/** Layers that are put back together at most. */
const mostTogether = 8;

/** An aborted signal ends it with what is known. Errors: ModelError, RuntimeError, WorkerCrash; AbortError where nothing is known yet. */
export async function explain(
  desk: Desk,
  original: Contender,
  variant: Contender,
  index: number,
  options: ExplainOptions,
): Promise<Explanation> {
  const search = new LayerSearch(desk, original, index, options);
  try {
    return await search.through(variant);
  } finally {
    search.close();
    await desk.call('ending', (api) => api.endRestoration()).catch(() => undefined);
  }
}

class LayerSearch {
  readonly #desk: Desk;
  readonly #index: number;
  readonly #options: ExplainOptions;
  readonly #original: Contender;
  readonly #reference: LabSide;
  #explanation: Explanation | undefined;
  /** Restored models lie beside each other in one worker: a worker and a runtime for each would take most of the time. */
  #shelf: Shelf;
  #first: Side | undefined;

  constructor(desk: Desk, original: Contender, index: number, options: ExplainOptions) {
    this.#desk = desk;
    this.#index = index;
    this.#options = options;
    this.#original = original;
    this.#reference = new LabSide('reference', original, options.device);
    this.#shelf = createShelf(options.device);
  }

  close(): void {
    this.#reference.close();
    this.#shelf.close();
  }

  async through(variant: Contender): Promise<Explanation> {
    const { signal, onProgress, most = usualMost } = this.#options;
    const comparing = { done: 0, total: 1, left: undefined, doing: 'comparing the weights' };
    onProgress?.(comparing);
    const found = await this.#desk.call(
      'comparing the weights',
      (api) => api.beginRestoration(this.#original.files, variant.files),
      signal,
    );
    const before = await this.#repair([]);
    if (!before) {
      throw new RuntimeError(
        'The example has no answer to explain: one of the models fails on it.',
      );
    }
    const tried = found.layers.slice(0, most);
    this.#explanation = {
      index: this.#index,
      measure: found.measure,
      distance: before.distance,
      layers: [],
      left: found.left,
      untried: found.layers.length,
    };
    try {
      await this.#each(tried, before);
      await this.#together(before);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return this.#explanation;
  }

  /** Each layer alone. */
  async #each(
    layers: readonly Pick<RestoredLayer, 'key' | 'role' | 'weightError'>[],
    before: Repair,
  ): Promise<void> {
    const start = performance.now();
    for (const [done, layer] of layers.entries()) {
      const left =
        done === 0 ? undefined : ((performance.now() - start) / done) * (layers.length - done);
      const doing = `layer ${done + 1} of ${layers.length}`;
      this.#options.onProgress?.({ done, total: layers.length, left, doing });
      const repair = await this.#repair([layer.key]);
      const explanation = this.#explanation!;
      if (!repair) {
        const why = 'a model with it put back gives no answer';
        this.#tell({ ...explanation, left: [...explanation.left, { key: layer.key, why }] });
        continue;
      }
      const entry = { ...layer, ...repair, repaired: repairedOf(before, repair) };
      const ranked = [...explanation.layers, entry].sort((a, b) => b.repaired - a.repaired);
      this.#tell({ ...explanation, layers: ranked });
    }
  }

  /** The best of them together, one more at a time, as long as that helps. */
  async #together(before: Repair): Promise<void> {
    const helpful = this.#explanation!.layers.filter(({ repaired }) => repaired > 0);
    const [best] = helpful;
    if (!best || best.flipsBack || helpful.length < 2) return;
    let keys: readonly string[] = [best.key];
    let last: Repair = best;
    for (const { key } of helpful.slice(1, mostTogether)) {
      const doing = `${keys.length + 1} layers together`;
      this.#options.onProgress?.({
        done: keys.length,
        total: mostTogether,
        left: undefined,
        doing,
      });
      const repair = await this.#repair([...keys, key]);
      if (!repair || !(repair.distance < last.distance)) continue;
      keys = [...keys, key];
      last = repair;
      const together = { ...repair, keys, repaired: repairedOf(before, repair) };
      this.#tell({ ...this.#explanation!, together });
      if (repair.flipsBack) return;
    }
  }

  /** The example's answer with some layers put back; undefined where there is none. */
  async #repair(keys: readonly string[]): Promise<Repair | undefined> {
    const { signal, device } = this.#options;
    const files = await this.#desk.call(
      'putting a layer back',
      (api) => api.restored(keys),
      signal,
    );
    if (!files) return undefined;
    const reference = await this.#reference.ready(signal);
    const repair = await this.#answered(files, reference).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
    if (!repair) {
      // Its worker may have died.
      this.#shelf.close();
      this.#shelf = createShelf(device);
    }
    return repair;
  }

  async #answered(files: ModelFiles, reference: Side): Promise<Repair | undefined> {
    const { signal } = this.#options;
    const side = await this.#shelf.open(files, { signal, behind: true });
    try {
      const ends = await runExample(
        this.#desk,
        this.#index,
        [['reference', 'restored']],
        [
          ['reference', reference],
          ['restored', side],
        ],
        signal,
      );
      return await this.#desk.call('comparing answers', (api) => api.repair(ends));
    } finally {
      // The first stays open, so that the runtime does.
      if (this.#first) side.close();
      this.#first ??= side;
    }
  }

  #tell(explanation: Explanation): void {
    const done = explanation.layers.length + explanation.left.length;
    const all = this.#explanation!;
    const total = all.layers.length + all.left.length + all.untried;
    this.#explanation = { ...explanation, untried: Math.max(0, total - done) };
    this.#options.onExplanation?.(this.#explanation);
  }
}

/** The share of the distance that went away. Where there was none, nothing can. */
const repairedOf = (before: Repair, after: Repair): number =>
  before.distance > 0 ? 1 - after.distance / before.distance : 0;
