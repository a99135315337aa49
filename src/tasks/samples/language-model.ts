/** Models that write text: which inputs and outputs they have, and whether they can't look ahead. */
import type { InputSpec } from '../../core/evaluate/inputs.ts';
import { createRandom } from '../../core/math/random.ts';
import type { Signature } from '../../core/onnx/signature.ts';
import { architectureOf, type ModelFacts, type ModelInterface } from '../facts.ts';
import { isKnownInput } from '../loops/decoder.ts';
import { statesOf } from '../loops/states.ts';

/** A model that takes the tokens of a text and tells at each how likely which follows. */
export interface LanguageModel {
  readonly ids: InputSpec;
  readonly logits: Signature;
  /** Tokens that it knows; Infinity where it does not say. */
  readonly vocabulary: number;
}

/** What a model's inputs and outputs tell; a model that fills gaps looks the same. Undefined where it can't write. */
export function languageModelIn({ inputs, outputs }: ModelInterface): LanguageModel | undefined {
  const states = statesOf(inputs, outputs);
  const free = inputs.filter(({ name }) => !states.some(({ input }) => input === name));
  const ids = free.find(
    ({ name, dtype, dims }) =>
      name === 'input_ids' && /^int(32|64)$/.test(dtype) && dims.length === 2,
  );
  const logits = outputs.find(
    ({ name, dtype, dims }) =>
      name === 'logits' && /^float/.test(dtype ?? '') && dims?.length === 3,
  );
  const strange = free.some(({ name }) => !isKnownInput(name) || /^(en|de)coder_/.test(name));
  if (!ids || !logits || strange) return undefined;
  const width = logits.dims?.[2];
  const below = Math.min(ids.ids?.below ?? Infinity, typeof width === 'number' ? width : Infinity);
  return { ids, logits, vocabulary: below };
}

/** Whether the files beside a model, or its cache, tell that it writes; undefined where they say nothing. */
export function saysThatItWrites(facts: ModelFacts): boolean | undefined {
  const architecture = architectureOf(facts);
  if (architecture !== undefined) return /ForCausalLM$|LMHeadModel$/.test(architecture);
  return statesOf(facts.inputs, facts.outputs).length > 0 ? true : undefined;
}

/** Two texts that differ in their last token alone, [2, length]. */
export function pairToTry(vocabulary: number, length: number): readonly number[] {
  const random = createRandom(0).fork('pair');
  const text = Array.from({ length }, () => random.integer(Math.min(vocabulary, 2 ** 16)));
  const last = text[length - 1]!;
  return [...text, ...text.slice(0, -1), last === 0 ? 1 : last - 1];
}

/**
 * Whether the logits of two such texts, [2, length, width], agree before the last token: then no token
 * sees what comes after it.
 */
export function looksBackOnly(logits: ArrayLike<number>, length: number, width: number): boolean {
  let [most, apart] = [0, 0];
  for (let at = 0; at < (length - 1) * width; at++) {
    const [one, other] = [logits[at]!, logits[length * width + at]!];
    most = Math.max(most, Math.abs(one));
    apart = Math.max(apart, Math.abs(one - other));
  }
  return apart <= 1e-4 * most;
}
