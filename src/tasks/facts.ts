/** What tasks judge a model by: its inputs and outputs, and what lies beside it. */
import type { InputSpec } from '../core/evaluate/inputs.ts';
import type { Signature } from '../core/onnx/signature.ts';
import { fileNameOf, jsonNamed, type Files } from './files.ts';

/** What a model takes and gives. */
export interface ModelInterface {
  readonly inputs: readonly InputSpec[];
  readonly outputs: readonly Signature[];
}

/** Plain data, so that it crosses a worker's border. */
export interface ModelFacts extends ModelInterface {
  /** config.json as it lies beside the model, or the only `…_config.json` of a model; {} where there is none that can be read. Never trusted to have a shape. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Paths of the files beside the model. */
  readonly beside: readonly string[];
}

/** Gathers the facts; a config.json that can't be read counts as none. */
export async function factsOf(
  { inputs, outputs }: ModelInterface,
  files: Files,
): Promise<ModelFacts> {
  const config =
    (await jsonNamed(files, 'config.json')) ?? (await jsonNamed(files, otherConfig(files))) ?? {};
  return { inputs, outputs, config, beside: [...files.keys()] };
}

/** Configurations of what belongs to a model, but is not the model. */
const companions =
  /^(?:tokenizer|generation|preprocessor|processor|(?:image|video)_(?:pre)?processor|feature_extractor|adapter|quant\w*)_config\.json$/;

/** Some exporters put the model's name before: `bart_g2p_config.json`. Empty where there is none, or several. */
function otherConfig(files: Files): string {
  const names = [...files.keys()]
    .map(fileNameOf)
    .filter((name) => name.endsWith('_config.json') && !companions.test(name));
  return names.length === 1 ? (names[0] ?? '') : '';
}

/** The first entry of `architectures` in config.json, as in `BertForSequenceClassification`. */
export function architectureOf({ config }: Pick<ModelFacts, 'config'>): string | undefined {
  const { architectures } = config;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

/** Names of the classes by their ids, from `id2label` in config.json; undefined where it has none for all of `count`. */
export function labelsOf(
  { config }: Pick<ModelFacts, 'config'>,
  count: number,
): readonly string[] | undefined {
  const { id2label } = config;
  if (typeof id2label !== 'object' || id2label === null) return undefined;
  const names = Array.from({ length: count }, (_, id) => (id2label as Record<string, unknown>)[id]);
  return names.every((name) => typeof name === 'string') ? names : undefined;
}
