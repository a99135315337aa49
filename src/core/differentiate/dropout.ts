/** Dropout in training (Srivastava et al., 2014): a product with a random mask, which the host draws, so that a seed decides it on every device. */
import { node } from '../onnx/build.ts';
import type { Model } from '../onnx/types.ts';
import type { Random } from '../math/random.ts';
import type { Value } from '../runtime.ts';

/** A mask that a step must be given. */
export interface MaskInput {
  readonly name: string;
  readonly dims: readonly number[];
  /** The share that is dropped. */
  readonly ratio: number;
}

/** Where dropout was, by the value it made. */
export type Dropouts = ReadonlyMap<string, number>;

/** Dropout as Identity for tracing, and where it was. Only those in training mode count. */
export function withoutDropout(
  model: Model,
  numberOf: (name: string) => number | undefined,
): { readonly model: Model; readonly dropouts: Dropouts } {
  const dropouts = new Map<string, number>();
  const nodes = model.graph.nodes.map((one) => {
    if (one.opType !== 'Dropout') return one;
    const [input = '', ratio = '', training = ''] = one.inputs;
    const share = ratio === '' ? 0.5 : (numberOf(ratio) ?? 0.5);
    const [output = ''] = one.outputs;
    if (training !== '' && numberOf(training) === 1 && share > 0) dropouts.set(output, share);
    return node('Identity', [input], [output], { name: one.name });
  });
  return { model: { ...model, graph: { ...model.graph, nodes } }, dropouts };
}

/** The mask of one step: 0 where a value is dropped, 1 / (1 − ratio) elsewhere. */
export function drawMask({ dims, ratio }: MaskInput, random: Random): Value {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const data = new Float32Array(count);
  const kept = 1 / (1 - ratio);
  const bound = ratio * 2 ** 32;
  for (let index = 0; index < count; index++) data[index] = random.word() < bound ? 0 : kept;
  return { dtype: 'float32', dims, data };
}
