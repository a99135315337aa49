/** Collects what a realized graph stores in addition: each packed weight once, whatever uses it. */
import { node } from '../../onnx/build.ts';
import { freshName } from '../../onnx/graph.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import type { Bytes, Dtype, Node, Tensor } from '../../onnx/types.ts';
import type { BlockGrid } from './block-grid.ts';
import type { CodedWeight } from './coded-weight.ts';
import { packCodes, packPlanes } from './pack-codes.ts';
import { loadZeroPoints, packScales, packZeroPoints } from './pack-scales.ts';

/** The names of a packed weight's parts, as inputs of an operator. */
export interface Packed {
  readonly codes: string;
  readonly scale: string;
  readonly zeroPoint?: string;
}

export class Packing {
  readonly tensors: Tensor[] = [];
  /** Nodes that depend on stored tensors alone. */
  readonly nodes: Node[] = [];
  private readonly taken: Set<string>;
  private readonly stored = new Map<string, string>();

  /** `taken`: the names that the model uses already. */
  constructor(taken: Set<string>) {
    this.taken = taken;
  }

  /** A name that nothing in the model has; taken from now on. */
  fresh(base: string): string {
    return freshName(this.taken, base);
  }

  /** Stores a tensor. Gives its name back. */
  add(base: string, dtype: Dtype, dims: readonly number[], data: Bytes | ArrayBufferView): string {
    const name = this.fresh(base);
    this.tensors.push(makeTensor(name, dtype, dims, data));
    return name;
  }

  /** A stored byte. */
  scalar(byte: number): Promise<string> {
    return this.once(`byte ${byte}`, () =>
      this.add(`byte_${byte}`, 'uint8', [], Uint8Array.of(byte)),
    );
  }

  /** Codes [rows, blocks, bytes of a block], the last block of a row filled up. */
  async asBlocks(weight: CodedWeight, grid: BlockGrid): Promise<Packed> {
    const codes = await this.once(keyOf('blocks', weight, grid), async () => {
      const dims = [grid.rows, grid.blocks, (grid.blockSize * weight.bits) / 8];
      return this.add(`${weight.value}_packed`, 'uint8', dims, await packCodes(weight, grid, true));
    });
    return { codes, ...(await this.parameters(weight, grid)) };
  }

  /** Codes [rows, bytes of a row]: the blocks seen through a Reshape where those are stored already. */
  async asRows(weight: CodedWeight, grid: BlockGrid): Promise<Packed> {
    const codes = await this.once(keyOf('rows', weight, grid), async () => {
      const blocks = this.stored.get(keyOf('blocks', weight, grid));
      const full = grid.columns % grid.blockSize === 0;
      if (blocks !== undefined && full) return this.reshaped(blocks, rowDims(weight, grid));
      const bytes = await packCodes(weight, grid, false);
      return this.add(`${weight.value}_rows`, 'uint8', rowDims(weight, grid), bytes);
    });
    return { codes, ...(await this.parameters(weight, grid)) };
  }

  /** Codes [rows, bytes of a row], part above part (`packPlanes`); zero points one per byte. */
  async asPlanes(weight: CodedWeight, grid: BlockGrid): Promise<Required<Packed>> {
    const { value } = weight;
    const codes = await this.once(keyOf('planes', weight, grid), async () =>
      this.add(`${value}_planes`, 'uint8', rowDims(weight, grid), await packPlanes(weight, grid)),
    );
    const zeroPoint = await this.once(keyOf('zeros', weight, grid), async () => {
      const zeros = await loadZeroPoints(weight, grid);
      return this.add(`${value}_planes_zero_point`, 'uint8', [grid.rows, grid.blocks], zeros);
    });
    return { codes, scale: await this.scale(weight, grid), zeroPoint };
  }

  private async parameters(weight: CodedWeight, grid: BlockGrid): Promise<Omit<Packed, 'codes'>> {
    const scale = await this.scale(weight, grid);
    const zeroPoint = await this.once(keyOf('zero points', weight, grid), async () => {
      const zeros = await packZeroPoints(weight, grid);
      if (!zeros) return '';
      const dims = [grid.rows, zeros.length / grid.rows];
      return this.add(`${weight.value}_packed_zero_point`, 'uint8', dims, zeros);
    });
    return zeroPoint === '' ? { scale } : { scale, zeroPoint };
  }

  private scale(weight: CodedWeight, grid: BlockGrid): Promise<string> {
    return this.once(keyOf('scales', weight, grid), async () => {
      const scales = await packScales(weight, grid);
      return this.add(`${weight.value}_packed_scale`, 'float32', [grid.rows, grid.blocks], scales);
    });
  }

  private reshaped(value: string, dims: readonly number[]): string {
    const shape = BigInt64Array.from(dims, BigInt);
    const rows = this.fresh(`${value}_rows`);
    const target = this.add(`${rows}_shape`, 'int64', [dims.length], shape);
    this.nodes.push(node('Reshape', [value, target], [rows], { name: rows }));
    return rows;
  }

  /** What is stored under a key, stored now where it is not yet. */
  private async once(key: string, store: () => string | Promise<string>): Promise<string> {
    const name = this.stored.get(key) ?? (await store());
    this.stored.set(key, name);
    return name;
  }
}

const keyOf = (
  what: string,
  { value }: CodedWeight,
  { columnAxis, blockSize }: BlockGrid,
): string => `${what} ${columnAxis} ${blockSize} ${value}`;

const rowDims = ({ bits }: CodedWeight, { rows, columns }: BlockGrid): [number, number] => [
  rows,
  (columns * bits) / 8,
];
