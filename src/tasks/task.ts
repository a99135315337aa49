/** The contract of a task: what a model is for, and which view shows it. */
import type { Signature } from '../core/onnx/signature.ts';

/** What a model takes and gives. */
export interface ModelInterface {
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
}

export interface Task {
  readonly label: string;
  /** What the view lets a visitor do, in one sentence. */
  readonly summary: string;
  readonly view: 'digits' | 'tensors';
  /** Whether a model with this interface can be used so. */
  matches(model: ModelInterface): boolean;
}
