/** MNIST: how many of 10,000 test digits a model gets right. */
import { accuracy } from '../../../src/core/evaluate/metrics/accuracy.ts';
import { kl } from '../../../src/core/evaluate/metrics/kl.ts';
import { top1 } from '../../../src/core/evaluate/metrics/top-1.ts';
import { mcnemar, mean, wilson } from '../../../src/core/evaluate/statistics.ts';
import type { Feeds, Value } from '../../../src/core/runtime.ts';
import { compress, open } from '../../../src/node/api.ts';
import { digitsOf, readIdx } from '../../data/mnist.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';
import { recipes } from '../recipes.ts';
import { outputs, percent, shared, sizes } from './runs.ts';

function* digits(input: string, scale?: (pixel: number) => number): Generator<Feeds> {
  const images = readIdx(shared('data/mnist/t10k-images-idx3-ubyte.gz'));
  for (let index = 0; index < 10_000; index++) {
    const data = digitsOf(images, index, 1, scale);
    yield { [input]: { dtype: 'float32', dims: [1, 1, 28, 28], data } };
  }
}

/** One row per recipe; p is McNemar's, against the model as it is. */
export async function digitRows(path: string, scale?: (pixel: number) => number): Promise<Row[]> {
  const labels = readIdx(shared('data/mnist/t10k-labels-idx1-ubyte.gz')).data;
  const original = await open(sharedPath(`models/${path}`));
  const input = original.model.graph.inputs[0]!.name;
  const rows: Row[] = [];
  let before: Value[] | undefined;
  for (const [name, recipe] of Object.entries(recipes)) {
    const made = await compress(original, recipe);
    const after = await outputs(made, digits(input, scale), (output) => output);
    before ??= after;
    rows.push({ ...(await sizes(path, name, made)), ...digitScores(labels, before, after) });
  }
  return rows;
}

function digitScores(labels: Uint8Array, before: readonly Value[], after: readonly Value[]): Row {
  const right = (all: readonly Value[]): number[] =>
    all.map((output, index) => {
      const data = labels.subarray(index, index + 1);
      return accuracy.compute({ dtype: 'uint8', dims: [1], data }, output);
    });
  const [was, is] = [right(before), right(after)];
  const lost = was.filter((one, index) => one > is[index]!).length;
  const won = was.filter((one, index) => one < is[index]!).length;
  const agreed = before.filter((one, index) => top1.compute(one, after[index]!) === 1).length;
  return {
    'first 2,000 %': percent(mean(is.slice(0, 2000))),
    'all 10,000 %': percent(mean(is)),
    'interval %': wilson(is.filter((one) => one === 1).length, is.length)
      .map(percent)
      .join('–'),
    'lost / won': `${lost} / ${won}`,
    p: mcnemar(lost, won).toPrecision(2),
    flips: is.length - agreed,
    KL: mean(before.map((one, index) => kl.compute(one, after[index]!))).toPrecision(3),
  };
}
