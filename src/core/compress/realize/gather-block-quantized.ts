/**
 * com.microsoft GatherBlockQuantized: looks rows up in a packed table and unpacks only those. The
 * table is [V, bytes of a row] in uint8, scales [V, blocks], zero points packed row by row.
 */
import type { BitWidth } from '../../math/pack-bits.ts';
import { node } from '../../onnx/build.ts';
import type { Node } from '../../onnx/types.ts';
import { blockGrid, fillsBytes, type BlockGrid } from './block-grid.ts';
import type { OperatorForm, Setting } from './form.ts';
import type { Packing } from './packing.ts';
import { lookupProbes } from './probe-model.ts';
import { notTable, type WeightUse } from './uses.ts';

/** The form for one width of codes. */
export function gatherBlockQuantized(bits: BitWidth): OperatorForm {
  return {
    label: `GatherBlockQuantized, ${bits} bits`,
    summary: `The table stays at ${bits} bits in memory; only the rows that are looked up are unpacked.`,
    avoid: {},
    tolerance: 1e-6,
    bits,
    operators: ['Gather'],
    grid: gridOf,
    nodes: replace,
    probes: (device) => lookupProbes(bits, device),
  };
}

function gridOf(use: WeightUse, { wholeBytes }: Setting): BlockGrid | string {
  const { weight, transposed } = use;
  const unsuited = notTable(use);
  if (unsuited !== undefined) return unsuited;
  const grid = blockGrid(weight, transposed ? 0 : 1, wholeBytes);
  if (typeof grid === 'string') return grid;
  if ((grid.columns * weight.bits) % 8 > 0) return 'its rows do not fill whole bytes';
  if (wholeBytes && !fillsBytes(grid, weight.bits)) {
    return 'this device finds the zero points of a row only where they fill whole bytes';
  }
  return grid;
}

async function replace(use: WeightUse, grid: BlockGrid, packing: Packing): Promise<Node[]> {
  const { weight, node: consumer } = use;
  const { codes, scale, zeroPoint } = await packing.asRows(weight, grid);
  const places = consumer.inputs[1] ?? '';
  const zeroPoints = zeroPoint === undefined ? [] : [zeroPoint];
  const attributes = {
    bits: weight.bits,
    block_size: grid.blockSize,
    gather_axis: 0,
    quantize_axis: 1,
  };
  const inputs = [codes, places, scale, ...zeroPoints];
  return [
    node('GatherBlockQuantized', inputs, consumer.outputs, {
      name: consumer.name,
      domain: 'com.microsoft',
      attributes,
    }),
  ];
}
