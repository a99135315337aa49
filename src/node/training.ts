/** Training under Node: samples, a folder that keeps what there is, and a way to end well. */
import { readFile, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

import { packTraining, unpackTraining } from '../core/compress/training-state.ts';
import type {
  Samples,
  TrainingControl,
  TrainingNews,
  TrainingState,
} from '../core/compress/training.ts';
import type { FindSamples } from '../tasks/samples/find-samples.ts';
import { saveFiles } from './save.ts';

export interface NodeTrainingOptions {
  readonly samples: FindSamples;
  /** A folder of its own for states to go on from; without one, what is interrupted is lost. */
  readonly keep?: string;
  readonly onNews?: (news: TrainingNews) => void;
}

/** Milliseconds of work that an interruption may cost. */
const betweenSaves = 10_000;
/** Names of states: the keys of trainings. */
const stateName = /^[0-9a-f]{64}$/;

export class NodeTraining implements TrainingControl {
  readonly #options: NodeTrainingOptions;
  #saved = Date.now();
  #state: 'idle' | 'training' | 'stopping' = 'idle';

  constructor(options: NodeTrainingOptions) {
    this.#options = options;
  }

  /** Whether a training is in hand. */
  get isTraining(): boolean {
    return this.#state !== 'idle';
  }

  /** Ends the training in hand with its best state so far. False where there is none, or it was asked before. */
  stop(): boolean {
    if (this.#state !== 'training') return false;
    this.#state = 'stopping';
    return true;
  }

  samples(kind: string): Promise<Samples> {
    return this.#options.samples(kind);
  }

  report(news: TrainingNews): void {
    this.#options.onNews?.(news);
  }

  async next(): Promise<'go' | 'stop'> {
    // Signals wait behind the steps until the process takes a breath.
    await setImmediate();
    if (this.#state === 'stopping') return 'stop';
    this.#state = 'training';
    return 'go';
  }

  saveDue(): boolean {
    return this.#options.keep !== undefined && Date.now() - this.#saved >= betweenSaves;
  }

  async save(key: string, state: TrainingState): Promise<void> {
    const { keep } = this.#options;
    if (keep !== undefined) await saveFiles(new Map([[join(keep, key), packTraining(state)]]));
    this.#saved = Date.now();
  }

  async load(key: string): Promise<TrainingState | undefined> {
    const { keep } = this.#options;
    if (keep === undefined) return undefined;
    const bytes = await readFile(join(keep, key)).catch(() => undefined);
    return bytes && unpackTraining(new Blob([bytes]));
  }

  /** The state stays until `clear`: a recipe that is interrupted in its second training goes on there. */
  forget(): Promise<void> {
    this.#state = 'idle';
    return Promise.resolve();
  }

  /** Removes all states: the recipe is done. */
  async clear(): Promise<void> {
    const { keep } = this.#options;
    const names = keep === undefined ? [] : await readdir(keep).catch((): string[] => []);
    for (const name of names) if (stateName.test(name)) await rm(join(keep!, name));
    if (keep !== undefined) await rmdir(keep).catch(() => undefined);
  }

  /** Whether an interrupted training can be gone on with. */
  async isKept(): Promise<boolean> {
    const { keep } = this.#options;
    if (keep === undefined) return false;
    const names = await readdir(keep).catch((): string[] => []);
    return names.some((name) => stateName.test(name));
  }
}
