/**
 * Rows looked up in a packed table with standard operators, where GatherBlockQuantized has no kernel:
 * Gather takes the bytes, the scales and the zero points of the rows, shifts and masks take the bytes
 * apart, and DequantizeLinear does the rest for these rows alone. Each row lies in 8 / bits parts,
 * one above the other in the bits of its bytes, so that a Concat puts it together again.
 */
import type { BitWidth } from '../../math/pack-bits.ts';
import { node } from '../../onnx/build.ts';
import type { Node } from '../../onnx/types.ts';
import { storedGrid, type BlockGrid } from './block-grid.ts';
import type { OperatorForm, Setting } from './form.ts';
import type { Packing } from './packing.ts';
import { lookupProbes } from './probe-model.ts';
import { notTable, type WeightUse } from './uses.ts';

/** DequantizeLinear takes blocks from this opset on. */
const blockedOpset = 21;

const copies = 'its integer operators would run on the processor, with copies at every run';

/** The form for one width of codes. */
export function gatherRows(bits: BitWidth): OperatorForm {
  return {
    label: `Looked-up rows, ${bits} bits`,
    summary: `The table stays at ${bits} bits in memory; standard operators unpack the rows that are looked up.`,
    avoid: { webgpu: copies },
    tolerance: 1e-6,
    bits,
    operators: ['Gather'],
    grid: gridOf,
    nodes: replace,
    probes: (device) => lookupProbes(bits, device),
  };
}

function gridOf(use: WeightUse, { opset }: Setting): BlockGrid | string {
  const { weight, transposed } = use;
  const unsuited = notTable(use);
  if (unsuited !== undefined) return unsuited;
  if (opset < blockedOpset) return `opset ${opset} has no blocks`;
  const grid = storedGrid(weight, transposed ? 0 : 1);
  if (typeof grid === 'string' || (grid.columns * weight.bits) % 8 === 0) return grid;
  return 'its rows do not fill whole bytes';
}

async function replace(use: WeightUse, grid: BlockGrid, packing: Packing): Promise<Node[]> {
  const { weight, node: consumer } = use;
  const [output = ''] = consumer.outputs;
  const table = await packing.asPlanes(weight, grid);
  const looked = [table.codes, table.scale, table.zeroPoint].map((part) => {
    return node('Gather', [part, consumer.inputs[1] ?? ''], [packing.fresh(`${output}_rows`)]);
  });
  const [bytes = '', ...parameters] = looked.map(({ outputs }) => outputs[0] ?? '');
  const unpacking = await unpack(bytes, weight.bits, packing);
  const codes = unpacking.at(-1)?.outputs[0] ?? bytes;
  const attributes = { axis: -1, block_size: grid.blockSize };
  return [
    ...looked,
    ...unpacking,
    node('DequantizeLinear', [codes, ...parameters], [output], { name: consumer.name, attributes }),
  ];
}

/** Nodes from bytes to codes, one per element; none where a code is a byte. */
async function unpack(bytes: string, bits: BitWidth, packing: Packing): Promise<Node[]> {
  if (bits === 8) return [];
  const nodes: Node[] = [];
  const step = (opType: string, inputs: readonly string[], attributes = {}): string => {
    const made = packing.fresh(`${bytes}_${opType.toLowerCase()}`);
    nodes.push(node(opType, inputs, [made], { attributes }));
    return made;
  };
  const mask = await packing.scalar(2 ** bits - 1);
  const planes: string[] = [];
  for (let shift = 0; shift < 8; shift += bits) {
    const low =
      shift === 0
        ? bytes
        : step('BitShift', [bytes, await packing.scalar(shift)], { direction: 'RIGHT' });
    planes.push(shift + bits === 8 ? low : step('BitwiseAnd', [low, mask]));
  }
  step('Concat', planes, { axis: -1 });
  return nodes;
}
