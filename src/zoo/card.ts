/** card.json of an embedded model: what it is, who trained it on what, and what it scored. Written by `npm run train`. */
import type { Scores, ZooTask } from './zoo-model.ts';

export interface ModelCard {
  readonly id: string;
  readonly label: string;
  readonly task: ZooTask;
  readonly summary: string;
  readonly trainedOn: string;
  readonly license: string;
  /** How it was made, and from which seed. */
  readonly command: string;
  readonly seed: number;
  readonly steps: number;
  /** How long its training took. */
  readonly seconds: number;
  readonly parameters: number;
  /** Of the .onnx. */
  readonly bytes: number;
  readonly sha256: string;
  /** Measured on held-out data when the training was done. */
  readonly scores: Scores;
  /** Paths in the model's folder. */
  readonly files: readonly string[];
}
