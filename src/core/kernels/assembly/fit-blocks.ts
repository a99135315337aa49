/** Grid fit of a tensor [outer, axis, inner] that lies in memory: eight blocks at a time. */
import { fitLanes } from './fit';
import { WORK } from './fit-state';

/**
 * Codes and zero points take a byte each. `importance` is one number for each place of the axis, or 0.
 * `work` has room for WORK bytes, eight floats, eight bytes, and for each place of a block 40 bytes.
 * Returns whether a weight is not finite; then there is no output.
 */
export function fitTensor(
  weights: usize,
  codes: usize,
  scales: usize,
  zeroPoints: usize,
  importance: usize,
  work: usize,
  coarse: usize,
  coarseCount: i32,
  fine: usize,
  fineCount: i32,
  outer: i32,
  axis: i32,
  inner: i32,
  block: i32,
): bool {
  const laneScales = work + WORK;
  const laneZeros = laneScales + 32;
  const rows = laneZeros + 32;
  const laneCodes = rows + (usize(min(block, axis)) << 5);
  const blocks = (axis + block - 1) / block;
  // Lanes are neighbors along the inner axis; where there is none, along the outer one.
  const across = inner > 1 ? inner : outer;
  const slices = inner > 1 ? outer : 1;
  const laneStride = inner > 1 ? 1 : axis;
  const scaleStride = inner > 1 ? 1 : blocks;
  for (let slice = 0; slice < slices; slice++) {
    for (let index = 0; index < blocks; index++) {
      const first = index * block;
      const length = min(block, axis - first);
      const shares = importance == 0 ? 0 : importance + (usize(first) << 2);
      for (let lane = 0; lane < across; lane += 8) {
        const width = min(8, across - lane);
        const start = (slice * axis + first) * inner + lane * laneStride;
        gather(weights + (usize(start) << 2), rows, length, inner, laneStride, width);
        const bad = fitLanes(
          rows,
          length,
          shares,
          work,
          coarse,
          coarseCount,
          fine,
          fineCount,
          laneScales,
          laneZeros,
          laneCodes,
        );
        if (bad) return true;
        scatter(laneCodes, codes + start, length, inner, laneStride, width);
        const place = (slice * blocks + index) * inner + lane * scaleStride;
        for (let i = 0; i < width; i++) {
          const to = place + i * scaleStride;
          store<f32>(scales + (usize(to) << 2), load<f32>(laneScales + (usize(i) << 2)));
          store<u8>(zeroPoints + to, load<u8>(laneZeros + i));
        }
      }
    }
  }
  return false;
}

/** Rows of eight lanes; those beyond the width hold zeros. */
function gather(
  from: usize,
  rows: usize,
  length: i32,
  stride: i32,
  laneStride: i32,
  width: i32,
): void {
  if (width < 8) memory.fill(rows, 0, usize(length) << 5);
  for (let i = 0; i < length; i++) {
    const row = from + (usize(i * stride) << 2);
    if (width == 8 && laneStride == 1) {
      v128.store(rows, v128.load(row, 0), 0);
      v128.store(rows, v128.load(row, 16), 16);
    } else {
      for (let lane = 0; lane < width; lane++) {
        const weight = load<f32>(row + (usize(lane * laneStride) << 2));
        store<f32>(rows + (usize(lane) << 2), weight);
      }
    }
    rows += 32;
  }
}

function scatter(
  rows: usize,
  to: usize,
  length: i32,
  stride: i32,
  laneStride: i32,
  width: i32,
): void {
  for (let i = 0; i < length; i++) {
    const row = to + usize(i * stride);
    if (width == 8 && laneStride == 1) {
      store<u64>(row, load<u64>(rows));
    } else {
      for (let lane = 0; lane < width; lane++) {
        store<u8>(row + usize(lane * laneStride), load<u8>(rows + lane));
      }
    }
    rows += 8;
  }
}
