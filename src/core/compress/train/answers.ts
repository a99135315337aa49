/** What a model's outputs mean to training: scores of classes, plain values, or directions. */
import { RecipeError } from '../../errors.ts';
import { hasClasses } from '../../evaluate/values.ts';
import { intOf, value as valueInfo } from '../../onnx/build.ts';
import { indexGraph, withoutUnreachable } from '../../onnx/graph.ts';
import { opsetOf } from '../../onnx/opset.ts';
import type { Model } from '../../onnx/types.ts';
import type { Feeds, Value } from '../../runtime.ts';

export type LossKind = 'scores' | 'values' | 'direction';

/** The outputs that training looks at. */
export interface Answers {
  readonly kind: LossKind;
  /** By the output's name: the value that holds it, unnormalized where these are scores. */
  readonly outputs: readonly string[];
}

/** Outputs that carry memory or insides along, not answers. */
const aside = /present|past|cache|hidden_states|attentions|state/i;
const embedding = /embed|feature|hidden|pool/i;

/**
 * Chooses what to train towards from what the teacher gives for one batch. Errors: RecipeError where
 * the outputs do not fit the `wanted` loss.
 */
export function chooseAnswers(
  wanted: 'auto' | LossKind,
  outputs: Readonly<Record<string, Value>>,
): Answers {
  const real = Object.keys(outputs).filter((name) => outputs[name]!.dtype === 'float32');
  const main = real.filter((name) => !aside.test(name));
  const names = main.length > 0 ? main : real;
  const [first] = names;
  if (first === undefined) {
    throw new RecipeError(
      `No output of this model is float32 (there are ${Object.keys(outputs).join(', ')}), so nothing can be trained towards. Leave this step out.`,
    );
  }
  const scored = names.filter((name) => hasClasses(outputs[name]!) && !embedding.test(name));
  if (wanted === 'auto') {
    if (names.length === 1 && embedding.test(first)) return { kind: 'direction', outputs: names };
    return names.length === 1 && scored.length === 1
      ? { kind: 'scores', outputs: names }
      : { kind: 'values', outputs: names };
  }
  if (wanted !== 'scores') return { kind: wanted, outputs: names };
  const one = scored[0] ?? names.find((name) => hasClasses(outputs[name]!));
  if (one === undefined) {
    throw new RecipeError(
      `No output of this model has scores of classes (${names.join(', ')}). Give loss: "values".`,
    );
  }
  return { kind: 'scores', outputs: [one] };
}

/** The unnormalized scores behind an output: what goes into its Softmax, where the graph ends in one. */
export function beforeSoftmax(model: Model, output: string, rank: number): string {
  const { producer } = indexGraph(model.graph);
  const usual = (opsetOf(model) ?? 1) < 13 ? 1 : -1;
  let name = output;
  for (let node = producer.get(name); node; node = producer.get(name)) {
    const [input = ''] = node.inputs;
    if (node.opType === 'Softmax' || node.opType === 'LogSoftmax') {
      const axis = intOf(node, 'axis', usual);
      return axis === -1 || axis === rank - 1 ? input : output;
    }
    if (node.opType !== 'Identity') return output;
    name = input;
  }
  return output;
}

/** The model with other values as its outputs, and no nodes that they do not need. */
export function watching(model: Model, names: readonly string[]): Model {
  const outputs = [...new Set(names)].map((name) => valueInfo(name, 'float32'));
  return { ...model, graph: withoutUnreachable({ ...model.graph, outputs }) };
}

/** Those of the feeds that a model takes. */
export const feedsFor = (names: ReadonlySet<string>, feeds: Feeds): Feeds =>
  Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name)));
