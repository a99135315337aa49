/** Cuts a tensor into parts that the kernels take one at a time, so that their memory stays small. */
import { type BlockLayout, blocksOf } from '../math/blocks.ts';

/** A part of a tensor [outer, axis, inner] that is one itself: whole blocks, as they lie in memory. */
export interface Chunk extends BlockLayout {
  /** Its first weight in the whole tensor. */
  readonly start: number;
  /** It lies in so many runs of `runLength` weights, `runStride` apart. */
  readonly runs: number;
  readonly runLength: number;
  readonly runStride: number;
  /** The place of its first scale among all; its scales lie together. */
  readonly place: number;
}

/** Weights in a chunk: 512 kB, which stay in a core's cache from one pass to the next. */
const wanted = 1 << 17;
/** No chunk is larger: 4 MB. Only a block that cannot be cut gets near. */
const largest = 1 << 20;
/** A strip is at least this wide: two cache lines. */
const narrowest = 32;

/** Whether blocks of this layout fit into chunks at all. */
export function canChunk({ axis, inner }: BlockLayout, blockSize: number): boolean {
  return blocksOf(axis, blockSize).size * Math.min(inner, narrowest) <= largest;
}

/** The chunks of a tensor, in order: whole slices, or whole blocks of a slice, or strips of a block. */
export function* chunksOf(layout: BlockLayout, blockSize: number): Generator<Chunk> {
  const { outer, axis, inner } = layout;
  const { size } = blocksOf(axis, blockSize);
  const perSlice = axis * inner;
  if (perSlice === 0) return;
  if (perSlice <= wanted) {
    const step = Math.floor(wanted / perSlice);
    for (let slice = 0; slice < outer; slice += step) {
      yield whole(layout, size, slice, Math.min(step, outer - slice), 0, axis);
    }
    return;
  }
  const rows = size * Math.floor(wanted / (size * inner));
  for (let slice = 0; slice < outer; slice++) {
    for (let row = 0; row < axis; row += rows || size) {
      const height = Math.min(rows || size, axis - row);
      if (rows > 0 || inner <= narrowest) yield whole(layout, size, slice, 1, row, height);
      else yield* strips(layout, size, slice, row, height);
    }
  }
}

/** Rows of some slices, over the full width: one run. */
function whole(
  { axis, inner }: BlockLayout,
  size: number,
  slice: number,
  slices: number,
  row: number,
  height: number,
): Chunk {
  const length = slices * height * inner;
  return {
    outer: slices,
    axis: height,
    inner,
    start: (slice * axis + row) * inner,
    runs: 1,
    runLength: length,
    runStride: length,
    place: (slice * Math.ceil(axis / size) + row / size) * inner,
  };
}

/** One row of blocks in strips of columns: a run per row. */
function* strips(
  layout: BlockLayout,
  size: number,
  slice: number,
  row: number,
  height: number,
): Generator<Chunk> {
  const { inner } = layout;
  const { start, place } = whole(layout, size, slice, 1, row, height);
  // Multiples of 32 columns keep every packed run that can be at the start of a byte there.
  const most = Math.max(Math.floor(wanted / size / narrowest), 1) * narrowest;
  for (let column = 0; column < inner; column += most) {
    const width = Math.min(most, inner - column);
    yield {
      outer: 1,
      axis: height,
      inner: width,
      start: start + column,
      runs: height,
      runLength: width,
      runStride: inner,
      place: place + column,
    };
  }
}
