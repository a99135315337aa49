/** A model as the workspace is given it: read, not yet running. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { InspectedValue, Inspection } from '../../core/onnx/inspect.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import type { Dtype } from '../../core/onnx/types.ts';
import type { ModelFile } from '../../store/model-file.ts';

/** A model that was read: what it is made of, and what it takes and gives. */
export interface ReadModel {
  readonly file: ModelFile;
  readonly inspection: Inspection;
  /** Empty where `unrunnable` says why. */
  readonly inputs: readonly InputSpec[];
  /** Why no input can be made for it; '' where one can. */
  readonly unrunnable: string;
}

const notTensors: readonly InspectedValue['dtype'][] = ['sequence', 'map', 'optional', 'unknown'];

/** An output as the tasks want to see it. */
export function signatureOf({ name, dtype, dims }: InspectedValue): Signature {
  const type = notTensors.includes(dtype) ? {} : { dtype: dtype as Dtype };
  return { name, ...type, ...(dims ? { dims: dims.map((dim) => dim ?? '?') } : {}) };
}
