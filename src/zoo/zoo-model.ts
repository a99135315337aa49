/** The contract of an embedded model: one file, one line in the table (`index.ts`). */
import type { Loss } from '../core/differentiate/losses/loss.ts';
import type { Schedule } from '../core/differentiate/schedule.ts';
import type { Random } from '../core/math/random.ts';
import type { Model } from '../core/onnx/types.ts';
import type { Feeds, Session } from '../core/runtime.ts';

export type ZooTask =
  'image-classification' | 'text-classification' | 'text-generation' | 'feature-extraction';

/** How a model is trained. Optimizer: AdamW. */
export interface TrainingPlan {
  readonly steps: number;
  readonly schedule: Schedule;
  readonly loss: Loss;
  readonly weightDecay: number;
  /** Largest L2 norm of all gradients together; larger ones are scaled down. */
  readonly clipNorm: number;
  /** Decay of the running average of the weights that ships, such as 0.999; 0 ships the last weights. */
  readonly averaging: number;
  /** Steps between two looks at the held-out data, which also are the checkpoints. */
  readonly evaluateEvery: number;
}

/** Figures by name, such as `{ accuracy: 0.993, n: 10000 }`. */
export type Scores = Readonly<Record<string, number>>;

/** A file that ships beside the model, by its path in the model's folder. */
export type ShippedFiles = ReadonlyMap<string, string | Uint8Array>;

/** Reads a file of the training material by its path there. Errors: what the platform says where it is missing. */
export type ReadMaterial = (path: string) => Promise<Uint8Array>;

/** A model that is about to be trained: everything that depends on the training material. */
export interface Prepared {
  readonly plan: TrainingPlan;
  /** The graph to train on, with fixed dims and fresh weights. Its trained initializers have the names of the shipped graph's. */
  readonly training: Model;
  /** Inputs of the training graph and targets of its loss. The same for the same step, whatever came before. */
  readonly batch: (step: number) => Feeds;
  /** The graph that ships (dynamic batch), with weights of the training graph in it. */
  ship(weights: ReadonlyMap<string, Float32Array>): Model;
  /** Files beside the model: config.json, tokenizer.json, … */
  readonly files: ShippedFiles;
  /** Scores of the shipped graph. `quick` is a part of the held-out data, for looks during training. */
  evaluate(session: Session, quick: boolean): Promise<Scores>;
}

export interface ZooModel {
  readonly label: string;
  readonly task: ZooTask;
  /** What it does, in a sentence for people. */
  readonly summary: string;
  /** What it was trained on, in a sentence for people, licences included. */
  readonly trainedOn: string;
  /** Reads the training material and draws fresh weights. `random` is the only source of chance. */
  prepare(read: ReadMaterial, random: Random): Promise<Prepared>;
}
