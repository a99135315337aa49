import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { compressInWorker } from '../../../src/bridge/compressor.ts';
import { createShelf } from '../../../src/bridge/scrub.ts';
import type { Side } from '../../../src/bridge/side.ts';
import { parseRecipe, type Recipe } from '../../../src/core/compress/recipe.ts';
import { RecipeEditor } from '../../../src/ui/state/recipe.svelte.ts';
import { Scrub as PatientScrub, type Bench } from '../../../src/ui/state/scrub.svelte.ts';
import {
  nearestFirst,
  scaleObstacle,
  scalesOf,
  type StopWeight,
} from '../../../src/ui/state/scrub-stops.ts';
import { stopWords, waitingWords } from '../../../src/ui/state/scrub-words.ts';
import type { Lent } from '../../../src/ui/state/side.svelte.ts';

vi.mock('../../../src/bridge/compressor.ts', () => ({ compressInWorker: vi.fn() }));
vi.mock('../../../src/bridge/scrub.ts', () => ({ createShelf: vi.fn() }));

/** One that waits for no paint. */
class Scrub extends PatientScrub {
  constructor(bench: Bench) {
    super(bench, (work) => work());
  }
}

const float: StopWeight = { dtype: 'float32', dims: [100, 10], quantized: false };
const none = new Map<string, Blob>();

describe('the stops', () => {
  const scales = scalesOf([float]);
  test('begin with the original and are recipes as recipes are read', () => {
    expect(scales.bits.stops.map(({ tick }) => tick).join(' ')).toBe('32 16 8 6 5 4 3 2 1');
    for (const { stops } of Object.values(scales)) {
      expect(stops[0]?.recipe.steps).toEqual([]);
      for (const { recipe } of stops) expect(parseRecipe(recipe)).toEqual(recipe);
    }
  });
  test('a model that is stored in 16 bits begins there', () => {
    const half = scalesOf([{ ...float, dtype: 'float16' }]);
    expect(half.bits.stops[0]?.label).toBe('16 bits, as stored');
    expect(half.bits.stops[1]?.tick).toBe('8');
  });
  test('say why they would change nothing', () => {
    const coded: StopWeight = { ...float, dtype: 'int8', quantized: true };
    const targets = { 'quantize-block': [], 'prune-magnitude': ['w'] } as never;
    expect(scaleObstacle(scales.bits, [coded], targets)).toMatch(
      /^Bits: the weights .* int8 codes/,
    );
    expect(scaleObstacle(scales.sparsity, [coded], targets)).toBeUndefined();
    expect(scaleObstacle(scales.bits, [coded], undefined)).toBeUndefined();
  });
  test('are made from the nearest on, onwards before back', () => {
    const order = nearestFirst(scales.bits.stops, 3).map(({ tick }) => tick);
    expect(order.join(' ')).toBe('6 5 8 4 16 3 32 2 1');
  });
});

/** A bench whose compressed side takes note of what is lent to it. */
function benchWith(bytes = 1000) {
  const lent: (Lent | undefined)[] = [];
  const replaced: Recipe[] = [];
  const recipe = new RecipeEditor((changed) => replaced.push(changed));
  const file = { onnx: new Blob([new Uint8Array(bytes)]), external: none };
  const side = {
    device: 'wasm',
    replacing: false,
    lent: undefined as Lent | undefined,
    lend(one: Lent | undefined) {
      side.lent = one;
      lent.push(one);
    },
  };
  const shown: unknown[] = [];
  const bench = {
    file,
    bytes,
    inspection: { weights: [float] },
    targets: undefined,
    editing: 'compressed',
    recipe,
    original: side,
    compressed: side,
    isWorking: false,
    show: (...given: unknown[]) => Promise.resolve(void shown.push(given)),
  };
  return { bench: bench as unknown as Bench, loose: bench, side, lent, replaced, shown, recipe };
}

let opened: number;
/** The recipes that were made, in order: their bits, or what else tells them apart. */
const made = (): unknown[] =>
  vi.mocked(compressInWorker).mock.calls.map(([, recipe]) => {
    const [step] = (recipe as Recipe).steps;
    return step?.options && 'bits' in step.options ? step.options.bits : step?.technique;
  });

beforeEach(() => {
  vi.useFakeTimers();
  opened = 0;
  vi.mocked(compressInWorker).mockReset();
  vi.mocked(compressInWorker).mockImplementation((_, recipe) => {
    const { steps } = recipe as Recipe;
    const trace = [{ step: steps[0]!, changes: [{} as never], notes: [], cached: false }];
    return Promise.resolve({ onnx: new Blob(['made']), external: none, trace, sha256: '' });
  });
  vi.mocked(createShelf).mockImplementation((device) => ({
    device,
    open: () => {
      opened++;
      const lost = new Promise<string>(() => undefined);
      return Promise.resolve({ device, lost, close: () => undefined } as unknown as Side);
    },
    close: () => undefined,
  }));
});
afterEach(() => vi.useRealTimers());

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the handle', () => {
  test('finds every stop made and open, nearest first, once it is touched', async () => {
    const { bench } = benchWith();
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    expect(made()).toEqual(['cast-float16', 8, 6, 5, 4, 3, 2, 1]);
    expect(opened).toBe(9);
    expect(stopWords(scrub.scale.stops[5]!, scrub.stock.of(scrub.scale.stops[5]), 1000)).toBe(
      '4 bits, 4 bytes, −100 %',
    );
    scrub.close();
  });

  test('lends each stop as it passes, and makes one step of the whole way when it is let go', async () => {
    const { bench, lent, side, replaced, recipe } = benchWith();
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    for (const place of [2, 4, 5]) scrub.move(place);
    expect(lent.map((one) => one?.name)).toEqual(['8 bits', '5 bits (stored in 8)', '4 bits']);
    expect(lent.every((one) => one?.side && !one.isBehind)).toBe(true);
    expect(replaced).toEqual([]);
    scrub.release();
    expect(replaced.map(({ steps }) => steps[0]?.options)).toEqual([{ bits: 4, blockSize: 32 }]);
    expect(scrub.at).toBe(5);
    // What was lent stays until the side has opened its own.
    expect(side.lent?.name).toBe('4 bits');
    recipe.undo();
    expect(recipe.items).toEqual([]);
    expect(scrub.at).toBe(0);
    scrub.close();
  });

  test('is where the finger is at once; the rest follows the paint, once for all of its stops', async () => {
    const { bench, lent, replaced } = benchWith();
    const painted: (() => void)[] = [];
    const scrub = new PatientScrub(bench, (work) => painted.push(work));
    scrub.touch();
    await settle();
    for (const place of [2, 4, 5]) scrub.move(place);
    expect([scrub.at, lent.length, painted.length]).toEqual([5, 0, 1]);
    painted.pop()!();
    expect(lent.map((one) => one?.name)).toEqual(['4 bits']);
    scrub.move(6);
    scrub.release();
    // The handle stays, though its recipe is not taken yet.
    expect([scrub.at, scrub.isMoving, replaced.length]).toEqual([6, true, 0]);
    painted.pop()!();
    expect(lent.at(-1)?.name).toBe('3 bits (stored in 4)');
    expect(replaced.map(({ steps }) => steps[0]?.options)).toEqual([{ bits: 3, blockSize: 32 }]);
    expect([scrub.at, scrub.isMoving]).toEqual([6, false]);
    scrub.move(2);
    scrub.cancel();
    painted.pop()!();
    expect([scrub.at, lent.at(-1)]).toEqual([6, undefined]);
    scrub.close();
  });

  test('goes back by Escape, and changes nothing where it ends as it began', async () => {
    const { bench, side, replaced } = benchWith();
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    scrub.move(5);
    scrub.cancel();
    expect([side.lent, scrub.at, scrub.isMoving]).toEqual([undefined, 0, false]);
    scrub.move(5);
    scrub.move(0);
    scrub.release();
    expect([side.lent, replaced]).toEqual([undefined, []]);
    scrub.close();
  });

  test('moved by keys it is let go when the keys rest', async () => {
    const { bench, replaced } = benchWith();
    const scrub = new Scrub(bench);
    for (const place of [1, 2, 3]) {
      scrub.move(place);
      scrub.rest();
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(replaced).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(replaced.map(({ steps }) => steps[0]?.options)).toEqual([{ bits: 6, blockSize: 128 }]);
    scrub.close();
  });

  test('let go at the original it shows the original', async () => {
    const { bench, recipe, shown } = benchWith();
    const scrub = new Scrub(bench);
    recipe.replace(scrub.scale.stops[5]!.recipe);
    expect(scrub.at).toBe(5);
    scrub.move(0);
    await settle();
    scrub.release();
    expect(shown).toEqual([['compressed', 'original']]);
    scrub.close();
  });
});

describe('what is made beforehand', () => {
  test('waits for others who need the processor', async () => {
    const { bench, loose } = benchWith();
    loose.isWorking = true;
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    expect(made()).toEqual([]);
    loose.isWorking = false;
    scrub.mind();
    await settle();
    expect(made()).toHaveLength(8);
    scrub.close();
  });

  test('is only what is asked for where the model is large', async () => {
    const { bench, loose } = benchWith();
    loose.bytes = 50_000_000;
    const scrub = new Scrub(bench);
    scrub.see();
    await vi.advanceTimersByTimeAsync(5000);
    expect(made()).toEqual([]);
    scrub.touch();
    await settle();
    expect(made()).toHaveLength(8);
    scrub.close();
  });

  test('is begun unasked where the model is small, when the slider was seen for a while', async () => {
    const { bench } = benchWith();
    const scrub = new Scrub(bench);
    scrub.see();
    await vi.advanceTimersByTimeAsync(1000);
    expect(made()).toEqual([]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(made()).toHaveLength(8);
    expect(opened).toBe(0);
    scrub.close();
  });

  test('is no more than there is room for, the farthest given up for the nearest', async () => {
    const huge = { size: 250_000_000 } as Blob;
    vi.mocked(compressInWorker).mockImplementation((_, recipe) => {
      const { steps } = recipe as Recipe;
      const trace = [{ step: steps[0]!, changes: [{} as never], notes: [], cached: false }];
      return Promise.resolve({ onnx: huge, external: none, trace, sha256: '' });
    });
    const { bench, loose } = benchWith();
    loose.file = { onnx: huge, external: none };
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    const ticks = () =>
      scrub.scale.stops.filter((stop) => scrub.stock.of(stop)).map(({ tick }) => tick);
    // Beside the original two, as a third might not fit.
    expect(ticks()).toEqual(['32', '16', '8']);
    scrub.move(8);
    await settle();
    expect(ticks()).toEqual(['32', '2', '1']);
    // None of them is small enough to be tried before the handle is let go, and the page says so.
    expect(opened).toBe(0);
    expect(waitingWords(scrub.stock.of(scrub.stop))).toMatch(/outputs follow when the handle/);
    scrub.close();
  });

  test('a stop that can’t be made says why, and the others are made', async () => {
    vi.mocked(compressInWorker).mockRejectedValueOnce(new Error('No room.'));
    const { bench } = benchWith();
    const scrub = new Scrub(bench);
    scrub.touch();
    await settle();
    const states = scrub.scale.stops.map((stop) => scrub.stock.of(stop)?.status);
    expect(states).toEqual(['made', 'failed', ...Array.from({ length: 7 }, () => 'made')]);
    expect(stopWords(scrub.scale.stops[1]!, scrub.stock.of(scrub.scale.stops[1]), 1000)).toBe(
      '16 bits, No room.',
    );
    scrub.close();
  });
});
