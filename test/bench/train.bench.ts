/**
 * A step of training – batch in, forward, backward, Adam, loss out – under Node, in the built page and in
 * PyTorch: the same weights and batches, in rounds that take turns, so that all meet the same machine.
 * Without PyTorch (torch_step.py says how to get it) there are our own figures only.
 */
import { quantile } from '../../src/core/math/quantile.ts';
import { nodeRuntime } from '../../src/node/runtime.ts';
import { buildHarness, serveHarness } from '../e2e/harness/serve.ts';
import type { Bench, Row } from './bench.ts';
import { networks, type Network, type NetworkId } from './training/models.ts';
import { startPage } from './training/page.ts';
import { startSteps, type StepRunner } from './training/run-steps.ts';
import { startTorch } from './training/torch.ts';

const rounds = 7;
/** Steps of an engine in a round. */
const stepsOf: Readonly<Record<NetworkId, number>> = { mlp: 20, cnn: 5, transformer: 3 };

interface Engine {
  readonly name: string;
  readonly runner: StepRunner;
  /** MB, where it is known. */
  readonly peak?: () => number;
}

async function enginesFor(network: Network, url: string): Promise<Engine[]> {
  const { id } = network;
  const torch = await startTorch(network);
  const engines: Engine[] = torch ? [{ name: reference, runner: torch }] : [];
  for (const threads of [1, 2]) {
    const runner = await startSteps(id, nodeRuntime(), threads);
    engines.push({ name: `Node, ${threads} T`, runner });
  }
  for (const threads of [1, 2]) {
    const runner = await startPage(url, id, threads);
    const peak = (): number => runner.peak() / 2 ** 20;
    engines.push({ name: `page, ${threads} T`, runner, peak });
  }
  return engines;
}

const reference = 'PyTorch, 1 T';
const median = (values: readonly number[]): number => quantile(values, 0.5);

async function measure(network: Network, url: string): Promise<Row[]> {
  const engines = await enginesFor(network, url);
  const count = stepsOf[network.id];
  // Sessions settle and caches fill.
  for (const { runner } of engines) await runner.run(2);
  const laps = engines.map((): number[][] => []);
  const losses = engines.map(() => NaN);
  for (let round = 0; round < rounds; round++) {
    for (const [index, { runner }] of engines.entries()) {
      const { milliseconds, loss } = await runner.run(count);
      laps[index]!.push([...milliseconds]);
      losses[index] = loss;
    }
  }
  const base = engines[0]?.name === reference ? laps[0]! : undefined;
  const rows = engines.map(({ name, peak }, index): Row => {
    const own = laps[index]!;
    const ratios = base && own.map((lap, round) => median(lap) / median(base[round]!));
    return {
      network: network.about,
      engine: name,
      'ms per step': median(own.flat()).toFixed(2),
      '× PyTorch': ratios ? median(ratios).toFixed(2) : 'no PyTorch here',
      [`loss after ${2 + rounds * count} steps`]: losses[index]!.toFixed(5),
      'peak MB of the page': peak ? peak().toFixed(0) : '',
    };
  });
  for (const { runner } of engines) await runner.close();
  return rows;
}

export default {
  name: 'Training steps beside PyTorch (medians; ratios are medians over rounds)',
  async run() {
    await buildHarness();
    const site = await serveHarness(true);
    try {
      const rows: Row[] = [];
      for (const build of Object.values(networks)) rows.push(...(await measure(build(), site.url)));
      return rows;
    } finally {
      await site.close();
    }
  },
} satisfies Bench;
