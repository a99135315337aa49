/** The operator sets that a model imports. */
import type { Model, OperatorSetId } from './types.ts';

const sameDomain = (a: string | undefined, b: string): boolean =>
  (a === 'ai.onnx' ? '' : (a ?? '')) === (b === 'ai.onnx' ? '' : b);

/** The version of a domain that the model imports, if it does. '' is ai.onnx. */
export function opsetOf(model: Pick<Model, 'opsetImports'>, domain = ''): number | undefined {
  return model.opsetImports.find((one) => sameDomain(one.domain, domain))?.version;
}

/** The model with at least this version of a domain imported. Converting its nodes is `upgrade`'s work. */
export function withOpset<Importer extends Pick<Model, 'opsetImports'>>(
  model: Importer,
  domain: string,
  version: number,
): Importer {
  const present = model.opsetImports.find((one) => sameDomain(one.domain, domain));
  if (present?.version !== undefined && present.version >= version) return model;
  const wanted: OperatorSetId = { ...(present ?? { domain }), version };
  const others = model.opsetImports.filter((one) => one !== present);
  return {
    ...model,
    opsetImports: present
      ? model.opsetImports.map((one) => (one === present ? wanted : one))
      : [...others, wanted],
  };
}
