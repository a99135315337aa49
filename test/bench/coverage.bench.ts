/**
 * How often 95 % intervals hold the true mean, by simulation: normal readings, skewed ones, and sums of
 * texts' tokens, for few and many samples. Below `fewestClusters` the page gives none.
 */
import { meanInterval } from '../../src/core/evaluate/bootstrap.ts';
import { createRandom, type Random } from '../../src/core/math/random.ts';
import type { Bench, Row } from './bench.ts';

const simulations = 1500;
const sizes = [10, 20, 40, 80, 200];

/** The true mean, and one sample's sum and count. */
type Readings = readonly [truth: number, draw: (random: Random) => readonly [number, number]];

const tokensOf = (random: Random): number => 20 + Math.floor(380 * random.uniform() ** 2);

const readings: Readonly<Record<string, Readings>> = {
  normal: [0, (random) => [random.normal(), 1]],
  exponential: [1, (random) => [-Math.log(1 - random.uniform()), 1]],
  'log-normal, σ = 0.5': [Math.exp(0.125), (random) => [Math.exp(0.5 * random.normal()), 1]],
  'log-normal, σ = 1': [Math.exp(0.5), (random) => [Math.exp(random.normal()), 1]],
  'loss of texts’ tokens': [
    1.3,
    (random) => {
      const n = tokensOf(random);
      return [n * (1.3 + 0.3 * random.normal()) + 1.5 * Math.sqrt(n) * random.normal(), n];
    },
  ],
  'KL of texts’ tokens, log-normal': [
    0.03 * Math.exp(0.245),
    (random) => {
      const n = tokensOf(random);
      return [0.03 * n * Math.exp(0.7 * random.normal()), n];
    },
  ],
  'one paired decision, 10 % lost, 5 % won': [
    -0.05,
    (random) => {
      const x = random.uniform();
      return [x < 0.1 ? -1 : x < 0.15 ? 1 : 0, 1];
    },
  ],
};

const bench: Bench = {
  name: `What share of 95 % intervals holds the true mean, ${simulations} simulations each (in brackets: no interval)`,
  run: () =>
    Promise.resolve(
      Object.entries(readings).map(([name, of]): Row => ({
        readings: name,
        ...Object.fromEntries(sizes.map((n) => [`n = ${n}`, coverage(name, of, n)])),
      })),
    ),
};

function coverage(name: string, [truth, draw]: Readings, n: number): string {
  const random = createRandom(1).fork(`${name} ${n}`);
  let [held, none] = [0, 0];
  for (let at = 0; at < simulations; at++) {
    const clusters = Array.from({ length: n }, () => {
      const [sum, count] = draw(random);
      return { sum, count };
    });
    const interval = meanInterval(clusters, { resamples: 1000, fewest: 2 });
    if (!interval) none++;
    else if (interval[0] <= truth && truth <= interval[1]) held++;
  }
  const share = ((100 * held) / (simulations - none)).toFixed(1);
  return none > 0 ? `${share} (${((100 * none) / simulations).toFixed(0)} %)` : share;
}

export default bench;
