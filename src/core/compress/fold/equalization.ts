/**
 * Cross-layer equalization (Nagel et al., "Data-free quantization through weight equalization and bias
 * correction", 2019, §4.1): channel i between two layers gets the factor √(r1ᵢ / r2ᵢ), r1 and r2 being
 * the largest magnitudes of the weights that make and read it. Layers in a row depend on each other, so
 * that is repeated until nothing changes any more.
 */
import type { Cell } from './cells.ts';
import { along } from './fold-graph.ts';
import type { Slices } from './sources.ts';

/** The largest magnitudes of a weight at each pair of indices along two axes; one axis alone has a second of size 1. */
interface Table {
  readonly axes: readonly [number, number | undefined];
  readonly sizes: readonly [number, number];
  readonly largest: Float64Array;
  /** What each index is multiplied by so far, for both axes. */
  readonly factors: readonly [Float64Array, Float64Array];
}

const mostRounds = 100;
const settled = 1e-6;

/** The factors of each cell. `weights` gives values by the name of a weight. */
export async function equalizing(
  cells: readonly Cell[],
  load: (slices: Slices) => Promise<Float32Array>,
): Promise<readonly Float64Array[]> {
  const tables = await tablesOf(cells, load);
  const all = cells.map(({ channels }) => new Float64Array(channels).fill(1));
  for (let round = 0, change = Infinity; round < mostRounds && change > settled; round++) {
    change = 0;
    for (const [index, cell] of cells.entries()) {
      const step = stepOf(cell, tables);
      step.forEach((factor, channel) => {
        all[index]![channel]! *= factor;
        change = Math.max(change, Math.abs(factor - 1));
      });
      const made = cell.source.slices[0]!;
      multiply(
        tables.get(made.stored.name)!,
        made,
        step.map((factor) => 1 / factor),
      );
      for (const reader of cell.readers) multiply(tables.get(reader.stored.name)!, reader, step);
    }
  }
  return all;
}

/** √(r1 / r2) for each channel; 1 where a side is all zero. */
function stepOf(
  { source, readers, channels }: Cell,
  tables: ReadonlyMap<string, Table>,
): Float64Array {
  const made = source.slices[0]!;
  const first = rangesOf(tables.get(made.stored.name)!, made, channels);
  const second = new Float64Array(channels);
  for (const reader of readers) {
    rangesOf(tables.get(reader.stored.name)!, reader, channels).forEach((range, channel) => {
      second[channel] = Math.max(second[channel]!, range);
    });
  }
  return first.map((range, channel) => {
    const other = second[channel]!;
    return range > 0 && other > 0 ? Math.sqrt(range / other) : 1;
  });
}

function rangesOf(table: Table, { axis, channelOf }: Slices, channels: number): Float64Array {
  const { axes, sizes, largest, factors } = table;
  const ranges = new Float64Array(channels);
  for (let a = 0; a < sizes[0]; a++) {
    for (let b = 0; b < sizes[1]; b++) {
      const at = axes[0] === axis ? a : b;
      const range = largest[a * sizes[1] + b]! * factors[0][a]! * factors[1][b]!;
      const channel = channelOf?.(at) ?? at;
      if (range > ranges[channel]!) ranges[channel] = range;
    }
  }
  return ranges;
}

function multiply({ axes, factors }: Table, { axis, channelOf }: Slices, by: Float64Array): void {
  const along = axes[0] === axis ? factors[0] : factors[1];
  for (let index = 0; index < along.length; index++)
    along[index]! *= by[channelOf?.(index) ?? index]!;
}

async function tablesOf(
  cells: readonly Cell[],
  load: (slices: Slices) => Promise<Float32Array>,
): Promise<ReadonlyMap<string, Table>> {
  const sides = new Map<string, Slices[]>();
  for (const slices of cells.flatMap(({ source, readers }) => [source.slices[0]!, ...readers])) {
    const known = sides.get(slices.stored.name);
    if (known) known.push(slices);
    else sides.set(slices.stored.name, [slices]);
  }
  const tables = new Map<string, Table>();
  for (const [name, slices] of sides) {
    const [one, two] = [...new Set(slices.map(({ axis }) => axis))];
    tables.set(name, tableOf(slices[0]!, [one!, two], await load(slices[0]!)));
  }
  return tables;
}

function tableOf(
  { stored }: Slices,
  axes: readonly [number, number | undefined],
  values: Float32Array,
): Table {
  const { dims } = stored.tensor;
  const [first, second] = [
    along(dims, axes[0]),
    axes[1] === undefined ? undefined : along(dims, axes[1]),
  ];
  const sizes = [first.size, second?.size ?? 1] as const;
  const largest = new Float64Array(sizes[0] * sizes[1]);
  for (let index = 0; index < values.length; index++) {
    const a = Math.floor(index / first.inner) % first.size;
    const b = second ? Math.floor(index / second.inner) % second.size : 0;
    const at = a * sizes[1] + b;
    largest[at] = Math.max(largest[at]!, Math.abs(values[index]!));
  }
  const ones = (size: number) => new Float64Array(size).fill(1);
  return { axes, sizes, largest, factors: [ones(sizes[0]), ones(sizes[1])] };
}
