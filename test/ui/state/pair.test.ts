import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import type { Run, Side } from '../../../src/bridge/side.ts';
import type { Feeds } from '../../../src/core/runtime.ts';
import type { Chunk, Plan } from '../../../src/tasks/loops/loop.ts';
import { LatencyMeter } from '../../../src/ui/state/latency.svelte.ts';
import { Pair } from '../../../src/ui/state/pair.svelte.ts';
import { SideState } from '../../../src/ui/state/side.svelte.ts';
import type { SideNews } from '../../../src/ui/views/view.ts';

const plan: Plan = {
  loop: 'generate',
  request: { prompt: [1], limit: 4, context: 9, ends: [], candidates: 0 },
};
const once = { dtype: 'float32', dims: [1], data: Float32Array.of(1) } as const;

type Doings = string[];

/** A side that gives a chunk for each advance, and says in `doings` what it does. */
class FakeSide extends SideState {
  readonly name: string;
  readonly doings: Doings;
  readonly count: number;
  readonly failsAt: number;
  #made = 0;

  constructor(name: string, doings: Doings, count: number, failsAt = Infinity) {
    super(
      () => name,
      () => undefined,
    );
    this.name = name;
    this.doings = doings;
    this.count = count;
    this.failsAt = failsAt;
  }

  override ready(): Promise<Side | undefined> {
    if (this.count === 0) return Promise.resolve(undefined);
    const side: Pick<Side, 'begin' | 'advance' | 'end'> = {
      begin: () => this.#does('begins'),
      advance: async () => {
        await this.#does('advances');
        if (++this.#made === this.failsAt) throw new Error('The graphics device was lost.');
        const chunk = { id: this.#made } as Chunk;
        return { chunks: [chunk], done: this.#made >= this.count, milliseconds: 10 };
      },
      end: () => this.#does('ends'),
    };
    return Promise.resolve(side as Side);
  }

  #does(what: string): Promise<void> {
    this.doings.push(`${this.name} ${what}`);
    return Promise.resolve();
  }
}

/** A pair of such sides, and what is heard of them. */
function pairOf(original: [count: number, failsAt?: number], compressed: [number, number?]) {
  const doings: Doings = [];
  const heard: SideNews[] = [];
  const sides = {
    original: new FakeSide('A', doings, ...original),
    compressed: new FakeSide('B', doings, ...compressed),
  };
  const pair = new Pair(
    () => sides,
    new LatencyMeter(),
    () => false,
  );
  const last = (side: SideNews['side']) => heard.filter((news) => news.side === side).at(-1);
  return { pair, doings, heard, last, hear: (news: SideNews) => heard.push(news) };
}

describe('a plan', () => {
  test('is run by both in turns, each of them first as often as the other', async () => {
    const { pair, doings, last, hear } = pairOf([2], [2]);
    await pair.runPlan(plan, hear);
    expect(doings.filter((doing) => doing.endsWith('advances'))).toEqual([
      'A advances',
      'B advances',
      'B advances',
      'A advances',
    ]);
    expect(last('compressed')).toMatchObject({
      chunks: [{ id: 1 }, { id: 2 }],
      milliseconds: 20,
      firstMilliseconds: 10,
      done: true,
    });
  });

  test('goes on with one side where the other fails, which says why', async () => {
    const { pair, last, hear, doings } = pairOf([3], [3, 2]);
    await pair.runPlan(plan, hear);
    expect(last('compressed')).toMatchObject({
      chunks: [{ id: 1 }],
      done: true,
      problem: 'The graphics device was lost.',
    });
    expect(last('original')).toMatchObject({
      done: true,
      chunks: [{ id: 1 }, { id: 2 }, { id: 3 }],
    });
    expect(doings.slice(-2)).toEqual(['A ends', 'B ends']);
  });

  test('is run by the original alone while there is no compressed model', async () => {
    const { pair, heard, hear } = pairOf([2], [0]);
    await pair.runPlan(plan, hear);
    expect(heard.map(({ side }) => side)).toEqual(['original', 'original']);
  });

  test('stops when it is told to, and frees what the sides hold', async () => {
    const { pair, doings, heard, hear } = pairOf([100], [100]);
    const stop = new AbortController();
    const running = pair.runPlan(
      plan,
      (news) => {
        hear(news);
        if (heard.length === 4) stop.abort();
      },
      stop.signal,
    );
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(heard).toHaveLength(4);
    expect(doings.slice(-2)).toEqual(['A ends', 'B ends']);
  });

  test('gives way to a later one', async () => {
    const { pair, last, hear } = pairOf([6], [6]);
    const earlier = pair.runPlan(plan, () => undefined);
    const later = pair.runPlan(plan, hear);
    await expect(earlier).rejects.toMatchObject({ name: 'AbortError' });
    await later;
    expect(last('original')).toMatchObject({ done: true });
  });

  test('of several batches goes through both sides batch by batch', async () => {
    const { pair, doings, hear } = pairOf([2], [2]);
    const request = { feeds: { x: once }, more: [{ x: once }] };
    await pair.runPlan({ loop: 'once', request }, hear);
    expect(doings.filter((doing) => doing === 'B advances')).toHaveLength(2);
  });
});

describe('an input', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  /** A side that is open and counts its runs. */
  function openSide(runs: string[], name: string): Side {
    const run = (): Promise<Run> => {
      runs.push(name);
      return Promise.resolve({ outputs: { name: { ...once } }, milliseconds: 1 });
    };
    return { run } as unknown as Side;
  }

  function openPair() {
    const runs: string[] = [];
    const sides = {
      original: sideOf(openSide(runs, 'A')),
      compressed: sideOf(openSide(runs, 'B')),
    };
    const pair = new Pair(
      () => sides,
      new LatencyMeter(),
      () => false,
    );
    const lend = (name: string): void => {
      const side = openSide(runs, name);
      sides.compressed.lend({ name, bytes: 1, trace: [], side });
    };
    return { pair, runs, sides, lend };
  }

  /** A state whose model is ready. */
  function sideOf(side: Side): SideState {
    const state = new SideState(
      () => '',
      () => undefined,
    );
    state.status = { status: 'ready', side };
    return state;
  }

  const fed = (value: number): Feeds => ({ x: { ...once, data: Float32Array.of(value) } });

  test('that the left side has answered is run by the stops on the right alone', async () => {
    const { pair, runs, lend } = openPair();
    const first = await pair.run(fed(1));
    lend('4 bits');
    const second = await pair.run(fed(1));
    expect(second.original).toBe(first.original);
    lend('3 bits');
    await pair.run(fed(1));
    expect(runs.filter((name) => name === 'A')).toHaveLength(1);
    expect(runs.filter((name) => name.endsWith('bits'))).toEqual(['4 bits', '3 bits']);
    await pair.run(fed(2));
    expect(runs.filter((name) => name === 'A')).toHaveLength(2);
  });

  test('is run by both where no stop is tried, and where the left side is another model', async () => {
    const { pair, runs, sides, lend } = openPair();
    await pair.run(fed(1));
    await pair.run(fed(1));
    expect(runs.filter((name) => name === 'A')).toHaveLength(2);
    lend('4 bits');
    sides.original.status = { status: 'ready', side: openSide(runs, 'C') };
    await pair.run(fed(1));
    expect(runs).toContain('C');
  });

  test('is run again for figures of speed when the visitor rests, later while stops are tried', async () => {
    const { pair, runs, lend } = openPair();
    await pair.run(fed(1));
    await vi.advanceTimersByTimeAsync(150);
    expect(runs).toHaveLength(4);
    lend('4 bits');
    await pair.run(fed(1));
    runs.length = 0;
    await vi.advanceTimersByTimeAsync(900);
    expect(runs).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    // In turns, and both of them: a figure of one side alone compares nothing.
    expect(runs.toSorted()).toEqual(['4 bits', 'A']);
  });
});
