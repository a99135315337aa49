/** The contract of a task: what a model is for, and which view shows it. */
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';

/** What a model takes and gives. */
export interface ModelInterface {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly Signature[];
}

export interface Task {
  readonly label: string;
  /** What the view lets a visitor do, in one sentence. */
  readonly summary: string;
  /** Whether a model with this interface can be used so. */
  matches(model: ModelInterface): boolean;
}
