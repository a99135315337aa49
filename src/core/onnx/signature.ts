/** What goes into a model and what comes out: names, element types and declared shapes. */
import { dtypes, type Dtype, type Model, type ValueInfo } from './types.ts';

/** An input or an output as the model declares it. */
export interface Signature {
  readonly name: string;
  /** Absent where the value is no tensor (a sequence, a map, an optional) or its type is not declared. */
  readonly dtype?: Dtype;
  /** Numbers are fixed, text is symbolic (`?` where even the name is missing); absent: any shape. */
  readonly dims?: readonly (number | string)[];
}

/** What must be fed: the main graph's inputs, without those that an initializer gives a value. */
export function inputsOf({ graph }: Model): readonly Signature[] {
  const given = new Set([
    ...graph.initializers.map(({ name }) => name),
    ...graph.sparseInitializers.map(({ values }) => values?.name),
  ]);
  return graph.inputs.filter(({ name }) => !given.has(name)).map(signatureOf);
}

/** What a run gives. */
export const outputsOf = ({ graph }: Model): readonly Signature[] => graph.outputs.map(signatureOf);

function signatureOf({ name, type }: ValueInfo): Signature {
  const { elemType = 0, shape } = type?.tensorType ?? {};
  const dtype = dtypes[elemType];
  const dims = shape?.dims.map(({ value, param }) => value ?? (param || '?'));
  return {
    name,
    ...(dtype && dtype !== 'undefined' ? { dtype } : {}),
    ...(dims ? { dims } : {}),
  };
}

/** For people: `float32 [batch, 64]`. */
export function describeSignature({ dtype, dims }: Signature): string {
  return `${dtype ?? 'a value that is no tensor'}${dims ? ` [${dims.join(', ')}]` : ''}`;
}
