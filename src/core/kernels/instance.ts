/** One instance of the compiled kernels and its memory, which goes when the instance goes. */

/** What assembly/index.ts exports. Sizes and counts are elements; pointers are byte offsets. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  /** [rows, axis]: weights, codes, scales, zero points, two work arrays; returns 1 where one is not finite. */
  quantizeRows(
    weights: number,
    codes: number,
    scales: number,
    zeroPoints: number,
    lows: number,
    highs: number,
    rows: number,
    axis: number,
    block: number,
    bits: number,
    symmetric: boolean,
    float16: boolean,
  ): number;
  /** The same for [outer, axis, inner]. */
  quantizeColumns(
    weights: number,
    codes: number,
    scales: number,
    zeroPoints: number,
    lows: number,
    highs: number,
    outer: number,
    axis: number,
    inner: number,
    block: number,
    bits: number,
    symmetric: boolean,
    float16: boolean,
  ): number;
  /** Codes, one to a byte → packed. Reads and writes whole vectors: leave room for 64 bytes more. */
  pack(codes: number, packed: number, count: number, bits: number): void;
  /** The grid that `fitTensor` fits: 0 signed, 1 unsigned, 2 three values, 3 two values; lowest and highest code. */
  setGrid(kind: number, lowest: number, highest: number, float16: boolean): void;
  /** [outer, axis, inner]: weights, codes, scales, zero points, importance or 0, work, two rows of factors; returns 1 where a weight is not finite. */
  fitTensor(
    weights: number,
    codes: number,
    scales: number,
    zeroPoints: number,
    importance: number,
    work: number,
    coarse: number,
    coarseCount: number,
    fine: number,
    fineCount: number,
    outer: number,
    axis: number,
    inner: number,
    block: number,
  ): number;
  /** See `math/linear.ts`: c, its stride, a, its stride, b, its stride. */
  subtractProducts(
    c: number,
    cStride: number,
    a: number,
    aStride: number,
    b: number,
    bStride: number,
    rows: number,
    columns: number,
    count: number,
  ): void;
}

/** Instantiates a compiled module. */
export function createInstance(module: WebAssembly.Module): KernelExports {
  const { exports } = new WebAssembly.Instance(module);
  return exports as unknown as KernelExports;
}

/** Makes the memory at least this large. It never shrinks. Errors: RangeError where there is none left. */
export function reserve({ memory }: KernelExports, bytes: number): void {
  const page = 65536;
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / page);
  if (missing > 0) memory.grow(missing);
}
