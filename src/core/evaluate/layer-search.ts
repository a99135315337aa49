/**
 * Which layers repair an answer: blocks first, then the layers of those that help, then the best of them
 * together until the answer turns. Whoever asks runs the models.
 */
import type {
  ChangedLayer,
  Repair,
  Restored,
  RestoredBlock,
  RestoredLayer,
  RestoredTogether,
} from './restored.ts';
import { blocksOf, type LayerBlock } from './layer-blocks.ts';

/** What a search has found so far. */
export interface Found {
  /** Blocks of layers, the most helpful first; empty where layers are few. */
  readonly blocks: readonly RestoredBlock[];
  /** The layers that were tried alone, the most helpful first. */
  readonly layers: readonly RestoredLayer[];
  /** Layers that can't be put back alone, with the reason as a clause. */
  readonly left: readonly { readonly key: string; readonly why: string }[];
  /** Layers that were not tried alone: their block does not help, there were too many, or it was stopped. */
  readonly untried: number;
  /** The most helpful layers together, fewest first, until the answer turned. */
  readonly together: readonly RestoredTogether[];
}

export interface LayerSearchOptions {
  /** The answer with these weights put back; undefined where there is none. */
  readonly measure: (keys: readonly string[]) => Promise<Repair | undefined>;
  /** Layers that are tried alone at most. */
  readonly most: number;
  readonly onFound: (found: Found) => void;
  /** What is measured next, after how many of at most how many measurements. */
  readonly onStep: (doing: string, done: number, total: number) => void;
}

/** So few are tried one by one. */
const few = 12;
/** Blocks are opened while they help so much of what the best does. */
const worthOpening = 0.1;
/** What is repaired to so much is as good as back, where the answer had not turned. */
const asGoodAsBack = 0.9;

/** Layers in the order in which the model has them. Errors: those of `measure`. */
export async function searchLayers(
  layers: readonly ChangedLayer[],
  before: Repair,
  options: LayerSearchOptions,
): Promise<void> {
  const search = new LayerSearch(layers, before, options);
  await search.run();
}

class LayerSearch {
  readonly #layers: ReadonlyMap<string, ChangedLayer>;
  readonly #before: Repair;
  readonly #options: LayerSearchOptions;
  readonly #blocks: readonly LayerBlock[];
  readonly #total: number;
  #done = 0;
  #found: Found;

  constructor(layers: readonly ChangedLayer[], before: Repair, options: LayerSearchOptions) {
    this.#layers = new Map(layers.map((layer) => [layer.key, layer]));
    this.#before = before;
    this.#options = options;
    this.#blocks = layers.length > few ? blocksOf(layers.map(({ key }) => key)) : [];
    const alone = Math.min(layers.length, options.most);
    this.#total = this.#blocks.length + alone + togetherAtMost(alone);
    this.#found = { blocks: [], layers: [], left: [], untried: layers.length, together: [] };
  }

  async run(): Promise<void> {
    for (const block of this.#blocks) await this.#tryBlock(block);
    const chosen = this.#chosenLayers();
    for (const [at, layer] of chosen.entries()) {
      await this.#tryLayer(layer, `layer ${at + 1} of ${chosen.length}`);
    }
    // What was not needed is not waited for.
    this.#done = Math.max(this.#done, this.#total - togetherAtMost(chosen.length));
    await this.#tryTogether();
  }

  async #tryBlock({ name, keys }: LayerBlock): Promise<void> {
    const [only] = keys.length === 1 ? keys : [];
    if (only !== undefined) {
      const layer = this.#layers.get(only);
      if (layer) await this.#tryLayer(layer, `block ${name}`);
      return;
    }
    const restored = await this.#restored(keys, `block ${name}`);
    if (!restored) return;
    const blocks = [...this.#found.blocks, { name, keys, ...restored }];
    this.#tell({ blocks: blocks.sort((a, b) => b.repaired - a.repaired) });
  }

  /** Those of the blocks that help, the best block first; without blocks those whose weights changed most. */
  #chosenLayers(): readonly ChangedLayer[] {
    const { most } = this.#options;
    const tried = new Set(this.#found.layers.map(({ key }) => key));
    const { blocks } = this.#found;
    const all = [...this.#layers.values()];
    if (this.#blocks.length === 0) {
      return all.sort((a, b) => (b.weightError ?? 0) - (a.weightError ?? 0)).slice(0, most);
    }
    const best = Math.max(0, ...blocks.map(({ repaired }) => repaired));
    const keys = blocks
      .filter(({ repaired }) => repaired > 0 && repaired >= worthOpening * best)
      .flatMap((block) => block.keys);
    const chosen = keys.flatMap((key) => this.#layers.get(key) ?? []);
    return chosen.filter(({ key }) => !tried.has(key)).slice(0, Math.max(0, most - tried.size));
  }

  async #tryLayer(layer: ChangedLayer, doing: string): Promise<void> {
    const restored = await this.#restored([layer.key], doing);
    const { layers, left } = this.#found;
    if (!restored) {
      const why = 'a model with it put back gives no answer';
      this.#tell({ left: [...left, { key: layer.key, why }] });
      return;
    }
    const entry: RestoredLayer = { ...layer, ...restored };
    this.#tell({ layers: [...layers, entry].sort((a, b) => b.repaired - a.repaired) });
  }

  /** The best 2, 4, 8 … until the answer turns, then the fewest that do. */
  async #tryTogether(): Promise<void> {
    const helpful = this.#found.layers.filter(({ repaired }) => repaired > 0);
    const [best] = helpful;
    if (!best || helpful.length < 2 || this.#turned(best)) return;
    let [few, many] = [1, 0];
    while (many < helpful.length) {
      many = Math.min(2 * few, helpful.length);
      const tried = await this.#tryPrefix(helpful, many);
      if (tried && this.#turned(tried)) break;
      few = many;
    }
    while (many - few > 1) {
      const middle = Math.floor((few + many) / 2);
      const tried = await this.#tryPrefix(helpful, middle);
      if (tried && this.#turned(tried)) many = middle;
      else few = middle;
    }
  }

  async #tryPrefix(
    helpful: readonly RestoredLayer[],
    count: number,
  ): Promise<RestoredTogether | undefined> {
    const keys = helpful.slice(0, count).map(({ key }) => key);
    const restored = await this.#restored(keys, `the best ${count} together`);
    if (!restored) return undefined;
    const entry = { keys, ...restored };
    const together = [...this.#found.together, entry];
    this.#tell({ together: together.sort((a, b) => a.keys.length - b.keys.length) });
    return entry;
  }

  #turned({ flipsBack, repaired }: Restored): boolean {
    return this.#before.flipsBack ? repaired >= asGoodAsBack : flipsBack;
  }

  async #restored(keys: readonly string[], doing: string): Promise<Restored | undefined> {
    this.#options.onStep(doing, this.#done, this.#total);
    const repair = await this.#options.measure(keys);
    this.#done = Math.min(this.#total, this.#done + 1);
    const { distance } = this.#before;
    // Where there was no distance, none can go away.
    return repair && { ...repair, repaired: distance > 0 ? 1 - repair.distance / distance : 0 };
  }

  #tell(news: Partial<Found>): void {
    const found = { ...this.#found, ...news };
    const untried = this.#layers.size - found.layers.length - found.left.length;
    this.#found = { ...found, untried };
    this.#options.onFound(this.#found);
  }
}

/** Measurements of the last part: doubling, then halving. */
const togetherAtMost = (layers: number): number =>
  layers < 2 ? 0 : 2 * Math.ceil(Math.log2(layers));
