/** How far a step with GPTQ is, and its layers several at a time. */
import type { Site } from '../../calibrate/sites.ts';
import type { Weight } from '../../onnx/weights.ts';
import type { ReadyForCodes } from '../store-codes.ts';
import type { Context } from '../technique.ts';

/** Collecting the inputs of a layer counts as this share of rounding it. */
const collecting = 0.3;
/** Weights in hand at a time: while one of them waits for its trial, others have jobs to give. */
const atOnce = 3;

export class Work {
  private readonly context: Context;
  private readonly byKey: ReadonlyMap<string, Weight>;
  private readonly costs: ReadonlyMap<string, number>;
  private readonly total: number;
  private readonly collectedShares = new Map<readonly Site[], number>();
  private done = 0;

  constructor(
    ready: ReadyForCodes,
    sites: readonly Site[],
    alone: readonly Weight[],
    context: Context,
  ) {
    this.context = context;
    this.byKey = new Map(ready.weights.map((weight) => [weight.key, weight]));
    const costs = new Map<string, number>();
    for (const { key } of alone) costs.set(key, sizeOf(this.byKey.get(key)!) / 4);
    // A pass over a layer takes its size times its inputs.
    for (const { weights, channels } of sites) {
      for (const key of weights) costs.set(key, (sizeOf(this.byKey.get(key)!) * channels) / 64);
    }
    this.costs = costs;
    const rounding = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
    const seen = sites.reduce((sum, site) => sum + this.costOf(site), 0);
    this.total = rounding + collecting * seen;
  }

  begin({ key }: Weight): void {
    this.context.signal.throwIfAborted();
    this.context.progress(this.done, this.total, key);
  }

  finished({ key }: Weight): void {
    this.add(this.costs.get(key) ?? 0, key);
  }

  /** Inputs of a part are collected up to this share. */
  collected(part: readonly Site[], share: number): void {
    const before = this.collectedShares.get(part) ?? 0;
    const more = Math.min(share, 1) - before;
    if (more < 0) return;
    this.collectedShares.set(part, before + more);
    const cost = part.reduce((sum, site) => sum + this.costOf(site), 0);
    this.add(more * collecting * cost, part[0]?.weights[0] ?? '');
  }

  /** What `compute` gives for each weight of a site, by key, in their order. Errors: those of `compute`. */
  async eachOf<T>(
    site: Site,
    compute: (weight: Weight, done: (share: number) => void) => Promise<T>,
  ): Promise<ReadonlyMap<string, T>> {
    const results = new Map<string, T>();
    const waiting = site.weights.map((key) => this.byKey.get(key)!);
    const worker = async (): Promise<void> => {
      for (let weight = waiting.shift(); weight; weight = waiting.shift()) {
        const { key } = weight;
        this.begin(weight);
        const cost = this.costs.get(key) ?? 0;
        results.set(key, await compute(weight, (share) => this.add(share * cost, key)));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return new Map(site.weights.map((key) => [key, results.get(key)!]));
  }

  /** All of it, whatever the shares added up to. */
  over(): void {
    const last = [...this.costs.keys()].pop();
    if (last !== undefined) this.add(this.total, last);
  }

  private costOf({ weights }: Site): number {
    return weights.reduce((sum, key) => sum + (this.costs.get(key) ?? 0), 0);
  }

  private add(cost: number, key: string): void {
    this.done = Math.min(this.done + cost, this.total);
    this.context.progress(this.done, this.total, key);
    this.context.signal.throwIfAborted();
  }
}

const sizeOf = ({ dims }: Weight): number => dims.reduce((all, dim) => all * dim, 1);
