/** A model's own tokenizer, as it lies beside it, run by transformers.js. */
import { ModelError } from '../core/errors.ts';
import type { Files } from '../tasks/files.ts';
import type { TextTokenizer } from '../tasks/samples/text-set.ts';

/** Undefined where no tokenizer.json lies there. Errors: ModelError for one that can't be read. */
export async function readTokenizer(beside: Files): Promise<TextTokenizer | undefined> {
  const file = beside.get('tokenizer.json');
  if (!file) return undefined;
  // It takes a second or two to load, and most trainings do without.
  const { PreTrainedTokenizer } = await import('@huggingface/transformers');
  try {
    const settings = JSON.parse(
      (await beside.get('tokenizer_config.json')?.text()) ?? '{}',
    ) as object;
    const tokenizer = new PreTrainedTokenizer(JSON.parse(await file.text()), settings);
    const { pad_token_id: padding, mask_token_id: mask } = tokenizer as Partial<
      Pick<typeof tokenizer, 'pad_token_id' | 'mask_token_id'>
    >;
    const longest: unknown = tokenizer.model_max_length;
    return {
      encode: (text) => tokenizer.encode(text),
      decode: (ids) => tokenizer.decode([...ids], { skip_special_tokens: true }),
      padding: padding ?? 0,
      longest: typeof longest === 'number' && longest > 0 ? longest : Infinity,
      hasMask: mask !== undefined,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ModelError(`The tokenizer.json beside the model can't be read: ${why}.`);
  }
}
