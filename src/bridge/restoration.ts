/** Which layers repair an answer when they are put back: measured by models that run behind the visitor's. */
import { RuntimeError } from '../core/errors.ts';
import { searchLayers } from '../core/evaluate/layer-search.ts';
import type { ModelFiles } from '../core/runtime.ts';
import type { Explanation } from '../tasks/evaluation/explanation.ts';
import type { RepairedAnswer } from '../../workers/lab.worker.ts';
import type { Contender, LabOptions } from './evaluation.ts';
import { runExample, type Desk, type NamedSides } from './lab-runs.ts';
import { LabSide } from './lab-sides.ts';
import { createShelf, type Shelf } from './scrub.ts';
import type { Side, WebDevice } from './side.ts';

export interface ExplainOptions extends LabOptions {
  readonly device: WebDevice;
  /** Most layers that are tried alone; 32 unless told. */
  readonly most?: number;
  readonly onExplanation?: (so: Explanation) => void;
}

const usualMost = 32;

/** An aborted signal ends it with what is known. Errors: ModelError, RuntimeError, WorkerCrash; AbortError where nothing is known yet. */
export async function explain(
  desk: Desk,
  original: Contender,
  variant: Contender,
  index: number,
  options: ExplainOptions,
): Promise<Explanation> {
  const { signal, onProgress, onExplanation, most = usualMost } = options;
  const say = (doing: string, done: number, total: number, left?: number): void =>
    onProgress?.({ done, total, left, doing });
  say('comparing the weights', 0, 1);
  const pair = `${original.id} ${variant.id}`;
  const { layers, left } = await desk.call(
    'comparing the weights',
    (api) => api.beginRestoration(pair, original.files, variant.files),
    signal,
  );
  const models = new RestoredModels(desk, original, index, options);
  let explanation: Explanation | undefined;
  try {
    say('opening the models', 0, 1);
    const first = await models.answer([]);
    if (!first) {
      throw new RuntimeError(
        'The example has no answer to explain: one of the models fails on it.',
      );
    }
    const { repair: before, measure, worst: watched } = first;
    const found = { blocks: [], layers: [], left, untried: layers.length, together: [] };
    const known = { index, measure, before, ...(watched ? { watched } : {}) };
    explanation = { ...known, ...found };
    onExplanation?.(explanation);
    const start = performance.now();
    await searchLayers(layers, before, {
      most,
      measure: async (keys) => (await models.answer(keys, watched?.at))?.repair,
      onFound(news) {
        explanation = { ...known, ...news, left: [...left, ...news.left] };
        onExplanation?.(explanation);
      },
      onStep(doing, done, total) {
        const each = (performance.now() - start) / Math.max(1, models.count - 1);
        say(doing, done, total, models.count < 3 ? undefined : each * (total - done));
      },
    });
  } catch (error) {
    if (!signal.aborted || !explanation) throw error;
  } finally {
    models.close();
    await desk.call('ending', (api) => api.endRestoration()).catch(() => undefined);
  }
  return explanation;
}

/** The variant with some of its weights put back, opened and asked. */
class RestoredModels {
  /** How many answered or failed so far. */
  count = 0;
  readonly #desk: Desk;
  readonly #index: number;
  readonly #options: ExplainOptions;
  readonly #reference: LabSide;
  /** Restored models lie beside each other in one worker: a worker and a runtime for each would take most of the time. */
  #shelf: Shelf;
  #first: Side | undefined;

  constructor(desk: Desk, original: Contender, index: number, options: ExplainOptions) {
    this.#desk = desk;
    this.#index = index;
    this.#options = options;
    this.#reference = new LabSide('reference', original, options.device);
    this.#shelf = createShelf(options.device);
  }

  close(): void {
    this.#reference.close();
    this.#shelf.close();
  }

  /** The example's answer with some weights put back; undefined where there is none. Errors: WorkerCrash of the desk, the signal's reason. */
  async answer(keys: readonly string[], watched?: number): Promise<RepairedAnswer | undefined> {
    const { signal, device } = this.#options;
    const files = await this.#desk.call(
      'putting a layer back',
      (api) => api.restored(keys),
      signal,
    );
    if (!files) return undefined;
    const repair = await this.#answered(files, watched).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined;
    });
    this.count++;
    if (!repair) {
      // Its worker may have died.
      this.#shelf.close();
      this.#shelf = createShelf(device);
      this.#first = undefined;
    }
    return repair;
  }

  async #answered(
    files: ModelFiles,
    watched: number | undefined,
  ): Promise<RepairedAnswer | undefined> {
    const { signal } = this.#options;
    // What the reference says does not change: it runs once, unless that is too much to keep.
    const isKept = await this.#desk.call('keeping an answer', (api) =>
      api.keepAnswer(this.#index, 'reference'),
    );
    const references: NamedSides = isKept
      ? []
      : [['reference', await this.#reference.ready(signal)]];
    const side = await this.#shelf.open(files, { signal, behind: true });
    try {
      const sides: NamedSides = [...references, ['restored', side]];
      const pairs = [['reference', 'restored']] as const;
      const ends = await runExample(this.#desk, this.#index, pairs, sides, signal);
      return await this.#desk.call('comparing answers', (api) => api.repair(ends, watched));
    } finally {
      // The first stays open, so that the runtime does.
      if (this.#first) side.close();
      this.#first ??= side;
    }
  }
}
