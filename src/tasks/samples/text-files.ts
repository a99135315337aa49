/** Text files as samples, by the tokenizer that lies beside a model. */
import { inputSpecsOf } from '../../core/evaluate/inputs.ts';
import { outputsOf } from '../../core/onnx/signature.ts';
import type { Model } from '../../core/onnx/types.ts';
import type { Files } from '../files.ts';
import { hasTokenizer, tokenizerAmong } from '../text-reader.ts';
import type { SampleSet } from './sample-set.ts';
import { textSet } from './text-set.ts';

/**
 * Makes samples of text; undefined where no tokenizer.json lies beside the model. The tokenizer is
 * loaded with the first text. Errors: ModelError for one that can't be read, RecipeError for too little text.
 */
export function textReaderFor(
  model: Model,
  beside: Files,
): ((files: Files) => Promise<SampleSet>) | undefined {
  if (!hasTokenizer({ beside: [...beside.keys()] })) return undefined;
  return async (files) => {
    const tokenizer = await tokenizerAmong(beside);
    const texts = new Map<string, string>();
    for (const [name, blob] of files) texts.set(name, await blob.text());
    return textSet(texts, tokenizer, {
      inputs: await inputSpecsOf(model),
      outputs: outputsOf(model),
    });
  };
}
