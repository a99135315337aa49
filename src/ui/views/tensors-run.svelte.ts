/** The tensors view's state: random inputs or the visitor's own, and how far the outputs lie apart. */
import { isAbort } from '../../core/errors.ts';
import { randomFeeds, symbolsOf } from '../../core/evaluate/inputs.ts';
import { QualityMeter, type OutputQuality } from '../../core/evaluate/quality.ts';
import type { Feeds } from '../../core/runtime.ts';
import type { TensorsAnswer, TensorsInfo, TensorsInput } from '../../tasks/tensors.ts';
import type { RandomInput } from '../../tasks/json-tensors.ts';
import type { GivenInput, OpenTask, SideRun, ViewProps } from './view.ts';

export type TensorsTask = OpenTask<TensorsInput, TensorsAnswer, TensorsInfo>;

/** Values that the visitor gave, by input, and what they came from. */
export interface OwnValues {
  readonly feeds: Feeds;
  readonly from: readonly string[];
}

/** Values that the page hands over: arrays, or the seed of random ones. */
export interface GivenTensors extends GivenInput {
  readonly input: TensorsInput | RandomInput;
}

/** The newest sample's outputs, for looking at single values. */
export interface Last {
  readonly original: SideRun;
  readonly compressed?: SideRun;
}

export class TensorsRun {
  seed = $state(0);
  samples = $state(8);
  sizes = $state<Record<string, number>>({});
  done = $state(0);
  running = $state(false);
  quality = $state.raw<readonly OutputQuality[]>([]);
  last = $state.raw<Last | undefined>();
  problem = $state<string | undefined>();
  /** In place of random values, once every input has some. */
  own = $state.raw<OwnValues | undefined>();
  /** Why a file was not taken. */
  refused = $state<string | undefined>();
  readonly #props: () => ViewProps<TensorsTask>;
  #turn = 0;
  #opening = 0;

  constructor(props: () => ViewProps<TensorsTask>) {
    this.#props = props;
    this.sizes = { ...symbolsOf(props().inputs) };
  }

  /** Inputs that the visitor's files leave open. */
  readonly missing = $derived.by(() => {
    const { own } = this;
    if (!own) return [];
    const names = this.#props().inputs.map(({ name }) => name);
    return names.filter((name) => !Object.hasOwn(own.feeds, name));
  });

  /** Takes arrays from files, besides those that it has; runs once every input has one. Never rejects. */
  async open(files: readonly File[]): Promise<void> {
    const opening = ++this.#opening;
    this.refused = undefined;
    try {
      let { feeds, from }: OwnValues = this.own ?? { feeds: {}, from: [] };
      for (const file of files) {
        const given = { file: { name: file.name, blob: file } };
        feeds = { ...feeds, ...(await this.#props().task.inputFrom(given)).feeds };
        from = [...from.filter((name) => name !== file.name), file.name];
      }
      if (opening === this.#opening) await this.use({ feeds, from });
    } catch (error) {
      if (opening !== this.#opening) return;
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  /** Runs on what the page hands over. */
  take({ input, name }: GivenTensors): void {
    if ('feeds' in input) {
      void this.use({ feeds: input.feeds, from: [name] });
      return;
    }
    this.seed = input.seed;
    this.samples = Math.max(1, input.samples);
    this.sizes = { ...this.sizes, ...input.sizes };
    void this.use(undefined);
  }

  /** Runs on given values; on random ones where there are none. */
  async use(own: OwnValues | undefined): Promise<void> {
    this.#opening++;
    this.refused = undefined;
    this.own = own;
    await this.run();
  }

  /** Runs every sample through both sides; a later call takes over. */
  async run(): Promise<void> {
    const turn = ++this.#turn;
    if (this.missing.length > 0) {
      // Figures of other values would be taken for theirs.
      [this.running, this.quality, this.last] = [false, [], undefined];
      return;
    }
    this.running = true;
    this.#tell();
    this.done = 0;
    this.problem = undefined;
    try {
      const meter = new QualityMeter();
      const samples = this.own ? 1 : this.samples;
      for (let sample = 0; sample < samples; sample++) {
        const pair = await this.#sample(sample);
        if (turn !== this.#turn) return;
        if (pair.compressed) meter.add(pair.original.outputs, pair.compressed.outputs);
        this.last = pair;
        this.done = sample + 1;
        // Without a compressed side one sample shows all there is.
        if (!pair.compressed) break;
      }
      this.quality = meter.result();
    } catch (error) {
      if (turn !== this.#turn || isAbort(error)) return;
      this.quality = [];
      this.problem = error instanceof Error ? error.message : String(error);
    } finally {
      if (turn === this.#turn) this.running = false;
    }
  }

  #tell(): void {
    const { own, seed, samples } = this;
    const random: RandomInput = { seed, samples, sizes: $state.snapshot(this.sizes) };
    this.#props().onInput?.(own ? { feeds: own.feeds } : random);
  }

  #sample(sample: number): Promise<Last> {
    const { inputs, runPair } = this.#props();
    const dims = $state.snapshot(this.sizes);
    return runPair(this.own?.feeds ?? randomFeeds(inputs, { seed: this.seed, sample, dims }));
  }
}
