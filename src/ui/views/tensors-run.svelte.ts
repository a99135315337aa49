/** The tensors view's state: which random inputs, and how far the outputs lie apart. */
import { isAbort } from '../../core/errors.ts';
import { randomFeeds, symbolsOf } from '../../core/evaluate/inputs.ts';
import { QualityMeter, type OutputQuality } from '../../core/evaluate/quality.ts';
import type { SideRun, ViewProps } from './view.ts';

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
  readonly #props: () => ViewProps;
  #turn = 0;

  constructor(props: () => ViewProps) {
    this.#props = props;
    this.sizes = { ...symbolsOf(props().inputs) };
  }

  /** Runs every sample through both sides; a later call takes over. */
  async run(): Promise<void> {
    const turn = ++this.#turn;
    this.running = true;
    this.done = 0;
    this.problem = undefined;
    try {
      const meter = new QualityMeter();
      for (let sample = 0; sample < this.samples; sample++) {
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

  #sample(sample: number): Promise<Last> {
    const { inputs, runPair } = this.#props();
    const feeds = randomFeeds(inputs, {
      seed: this.seed,
      sample,
      dims: $state.snapshot(this.sizes),
    });
    return runPair(feeds);
  }
}
