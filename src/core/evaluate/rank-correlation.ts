/** Spearman's rank correlation: Pearson's of the ranks, equal values sharing the mean of theirs. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranks(a), ranks(b)];
  const middle = (a.length + 1) / 2;
  let [product, left, right] = [0, 0, 0];
  x.forEach((rank, at) => {
    const [dx, dy] = [rank - middle, y[at]! - middle];
    product += dx * dy;
    left += dx * dx;
    right += dy * dy;
  });
  return product / Math.sqrt(left * right);
}

/** Ranks from 1 on. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, at) => ({ value, at })).sort((a, b) => a.value - b.value);
  const result = new Array<number>(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && order[end]!.value === order[start]!.value) end++;
    for (let at = start; at < end; at++) result[order[at]!.at] = (start + 1 + end) / 2;
    start = end;
  }
  return result;
}
