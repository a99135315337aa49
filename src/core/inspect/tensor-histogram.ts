/** Histograms of a weight before and after: by value, and in steps of the grid that its codes stand for. */
import { countInBins, levelsOf, spreadOf, type Level } from './tensor-statistics.ts';
import { scalePlace, type LoadedCodes, type LoadedSide } from './tensor-values.ts';

export interface Histogram {
  readonly low: number;
  readonly high: number;
  /** Values in each of the equal parts of [low, high]. */
  readonly before: Uint32Array;
  readonly after?: Uint32Array;
  /** The distinct values after, where there are few. */
  readonly levels?: readonly Level[];
}

export interface Histograms {
  readonly values: Histogram;
  /** By code: the weights before as w / scale + zero point, the codes after as levels. */
  readonly codes?: Histogram;
}

const bins = 96;

/** `compared`: the values of both sides belong together one by one. */
export function histogramsOf(
  before: LoadedSide | undefined,
  after: LoadedSide | undefined,
  compared: boolean,
): Histograms {
  const sides = [before, after].flatMap((side) => (side ? [spreadOf(side.values)] : []));
  const low = Math.min(...sides.map(({ min }) => min), Infinity);
  const high = Math.max(...sides.map(({ max }) => max), -Infinity);
  const range = sides.length > 0 ? { low, high } : { low: 0, high: 0 };
  const count = (side: LoadedSide | undefined): Uint32Array =>
    side ? countInBins(side.values, range.low, range.high, bins) : new Uint32Array(bins);
  const levels = after && levelsOf(after.values);
  const values = {
    ...range,
    before: count(before),
    ...(after ? { after: count(after) } : {}),
    ...(levels ? { levels } : {}),
  };
  if (!after?.coded) return { values };
  return { values, codes: byCode(after.coded, compared ? before?.values : undefined) };
}

function byCode(coded: LoadedCodes, before: Float32Array | undefined): Histogram {
  const [first, last] = coded.range;
  // Eight bars to a step show what is rounded where; with 256 steps there is room for one each.
  const perStep = last - first < 32 ? 8 : 1;
  const [low, high] = [first - 0.5, last + 0.5];
  const steps = before ? inSteps(coded, before) : new Float32Array(0);
  return {
    low,
    high,
    before: countInBins(steps, low, high, Math.min(4096, (last - first + 1) * perStep)),
    levels: levelsOf(coded.codes, 65_536) ?? [],
  };
}

/** w / scale + zero point: where a weight lies between the codes. */
function inSteps(coded: LoadedCodes, before: Float32Array): Float32Array {
  const steps = new Float32Array(before.length);
  const columns = coded.dims.at(-1) ?? 1;
  const span = coded.spans.at(-1) ?? 1;
  for (let start = 0; start < before.length; start += columns) {
    // Along a row the scales follow each other.
    const first = scalePlace(coded, start);
    for (let column = 0; column < columns; column++) {
      const place = first + Math.floor(column / span);
      const scale = coded.scales[place]!;
      steps[start + column] =
        scale === 0 ? NaN : before[start + column]! / scale + coded.zeros[place]!;
    }
  }
  return steps;
}
