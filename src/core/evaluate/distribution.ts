/** Rows of class scores as log-probabilities, in natural logarithms. */

/** Below this a probability counts as this much: float32's smallest normal number, 2^-126. */
const smallestLog = -126 * Math.LN2;
const sumTolerance = 1e-3;

/**
 * Whether the rows are probabilities already (each value within [0, 1], each row adding up to 1)
 * rather than logits.
 */
export function areProbabilities(numbers: ArrayLike<number>, width: number): boolean {
  if (numbers.length === 0) return false;
  for (let start = 0; start < numbers.length; start += width) {
    let sum = 0;
    for (let i = start; i < start + width; i++) {
      const x = numbers[i]!;
      if (!(x >= 0 && x <= 1 + sumTolerance)) return false;
      sum += x;
    }
    if (Math.abs(sum - 1) > sumTolerance) return false;
  }
  return true;
}

/**
 * Log-probabilities of one row, clamped at 2^-126: the log-softmax of logits, or the logarithm of
 * what are probabilities already. NaN and +∞ make the whole row NaN.
 */
export function logProbabilities(
  numbers: ArrayLike<number>,
  start: number,
  width: number,
  already: boolean,
): Float64Array {
  const logs = new Float64Array(width);
  if (already) {
    for (let i = 0; i < width; i++) logs[i] = clamp(Math.log(numbers[start + i]!));
    return logs;
  }
  let top = -Infinity;
  for (let i = 0; i < width; i++) top = Math.max(top, numbers[start + i]!);
  let sum = 0;
  for (let i = 0; i < width; i++) sum += Math.exp(numbers[start + i]! - top);
  const normalizer = top + Math.log(sum);
  for (let i = 0; i < width; i++) logs[i] = clamp(numbers[start + i]! - normalizer);
  return logs;
}

const clamp = (log: number): number => (log < smallestLog ? smallestLog : log);
