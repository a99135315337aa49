/** Changes to how an image becomes numbers, as a visitor types them. */
import type { InputSpec } from '../../../core/evaluate/inputs.ts';
import type { Preprocessing } from '../../../tasks/image-classification.ts';

export type Edit =
  | { readonly key: 'width' | 'height' | 'scale' }
  | { readonly key: 'mean' | 'deviation'; readonly channel: number };

/** Sides beyond this make feeds that no classifier takes. */
const largestSide = 4096;

/** With one number changed; undefined where the text is none that makes sense there. */
export function editPreprocessing(
  preprocessing: Preprocessing,
  edit: Edit,
  text: string,
): Preprocessing | undefined {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!Number.isFinite(value)) return undefined;
  switch (edit.key) {
    case 'width':
    case 'height':
      if (!Number.isInteger(value) || value < 1 || value > largestSide) return undefined;
      return { ...preprocessing, [edit.key]: value };
    case 'scale':
      return value === 0 ? undefined : { ...preprocessing, scale: value };
    case 'deviation':
      if (value === 0) return undefined;
      return { ...preprocessing, deviation: replaced(preprocessing.deviation, edit, value) };
    case 'mean':
      return { ...preprocessing, mean: replaced(preprocessing.mean, edit, value) };
  }
}

function replaced(
  values: readonly number[],
  { channel }: { readonly channel: number },
  value: number,
): readonly number[] {
  return values.map((old, index) => (index === channel ? value : old));
}

/** Whether the model's input allows no other width and height. */
export function fixedSize(
  input: Pick<InputSpec, 'dims'> | undefined,
  { order }: Pick<Preprocessing, 'order'>,
): boolean {
  const dims = input?.dims ?? [];
  const sides = order === 'channels-first' ? dims.slice(2, 4) : dims.slice(1, 3);
  return sides.length === 2 && sides.every((dim) => typeof dim === 'number');
}
