/** How much of a file a tensor takes. */
import { sizeOf } from './bytes.ts';
import { storedBytes } from './tensor.ts';
import type { Tensor } from './types.ts';

/** Bytes that the file, or the external file, holds for a tensor's values. Reads nothing. */
export function sizeInFile(tensor: Tensor): number {
  const stored = storedBytes(tensor);
  if (stored) return sizeOf(stored);
  const { floatData, doubleData, int32Data, int64Data, uint64Data, stringData = [] } = tensor;
  const runs = floatData ?? doubleData ?? int32Data ?? int64Data ?? uint64Data ?? [];
  return [...runs.map(({ bytes }) => bytes), ...stringData].reduce(
    (sum, one) => sum + sizeOf(one),
    0,
  );
}
