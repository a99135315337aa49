/** Which kinds of samples there are for a model, and why not the others. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import { takesDigits } from '../digits.ts';
import { languageModelIn } from './language-model.ts';
import { ownList } from './sample-files.ts';

/** As the `data` option of techniques names them. */
export type DataKind = 'calibration' | 'generated' | 'own' | 'self';

/** Why a kind is out of reach; a kind that is not named is there. `beside` are the paths of the model's files. */
export function missingKinds(
  model: { readonly inputs: readonly InputSpec[]; readonly outputs: readonly Signature[] },
  beside: Iterable<string>,
): Readonly<Partial<Record<DataKind, string>>> {
  const own = ownList(beside) !== undefined || takesDigits(model);
  const odd = model.inputs.find(({ dtype }) => dtype === 'string' || dtype.startsWith('complex'));
  return {
    ...(own ? {} : { calibration: 'this model came without samples' }),
    ...(languageModelIn(model) ? {} : { self: 'only language models write text' }),
    ...(odd ? { generated: `there are no random values for the input "${odd.name}"` } : {}),
  };
}
