/**
 * com.microsoft MatMulNBits: the codes stay packed and the product unpacks them as it goes.
 * B is [N, blocks, bytes of a block], scales [N, blocks], zero points packed row by row; without zero
 * points the middle of the range (128, 8 or 2) counts as zero.
 */
import type { BitWidth } from '../../math/pack-bits.ts';
import { floatOf, intOf, node } from '../../onnx/build.ts';
import type { Node } from '../../onnx/types.ts';
import { blockGrid, type BlockGrid } from './block-grid.ts';
import type { OperatorForm, Setting } from './form.ts';
import type { Packing } from './packing.ts';
import { productProbes } from './probe-model.ts';
import type { WeightUse } from './uses.ts';

const slow =
  'MatMulNBits has no kernel of its own here: it would unpack the whole weight at every run, ' +
  'which makes a product with one row 10 to 20 times slower than float32';

/** The form for one width of codes. */
export function matmulNBits(bits: BitWidth): OperatorForm {
  return {
    label: `MatMulNBits, ${bits} bits`,
    summary: `The weight stays at ${bits} bits in memory; the product unpacks blocks as it needs them.`,
    avoid: { wasm: slow, cpu: slow },
    tolerance: 1e-4,
    bits,
    operators: ['MatMul', 'Gemm'],
    grid: gridOf,
    nodes: replace,
    probes: () => productProbes(bits),
  };
}

function gridOf(use: WeightUse, { wholeBytes }: Setting): BlockGrid | string {
  const { weight, node: consumer, input, transposed, recast } = use;
  if (recast) return 'it is reshaped or converted on the way';
  if (input !== 1) return `it is not the right-hand factor of the ${consumer.opType}`;
  const transB = consumer.opType === 'Gemm' && intOf(consumer, 'transB', 0) !== 0;
  return blockGrid(weight, transposed === transB ? 0 : 1, wholeBytes);
}

async function replace(use: WeightUse, grid: BlockGrid, packing: Packing): Promise<Node[]> {
  const { weight, node: consumer } = use;
  const { codes, scale, zeroPoint } = await packing.asBlocks(weight, grid);
  const zeroPoints = zeroPoint === undefined ? [] : [zeroPoint];
  const [left = ''] = consumer.inputs;
  const product = (from: string, to: string): Node =>
    node('MatMulNBits', [from, codes, scale, ...zeroPoints], [to], {
      name: consumer.name,
      domain: 'com.microsoft',
      attributes: {
        K: grid.columns,
        N: grid.rows,
        bits: weight.bits,
        block_size: grid.blockSize,
        // 1 computes in float32; 4 would round the activations to 8 bits.
        accuracy_level: 1,
      },
    });
  if (consumer.opType === 'MatMul') return [product(left, consumer.outputs[0] ?? '')];
  return gemm(consumer, left, product, packing);
}

/** Gemm is alpha · A' · B' + beta · C: what MatMulNBits does not do becomes nodes around it. */
function gemm(
  consumer: Node,
  left: string,
  product: (from: string, to: string) => Node,
  packing: Packing,
): Node[] {
  const [output = ''] = consumer.outputs;
  const bias = consumer.inputs[2] ?? '';
  const steps: ((from: string, to: string) => Node)[] = [];
  if (intOf(consumer, 'transA', 0) !== 0) {
    steps.push((from, to) => node('Transpose', [from], [to], { attributes: { perm: [1, 0] } }));
  }
  steps.push(product);
  const alpha = scalar('alpha', consumer, packing);
  if (alpha) steps.push((from, to) => node('Mul', [from, alpha], [to]));
  const before: Node[] = [];
  if (bias && floatOf(consumer, 'beta', 1) !== 0) {
    const beta = scalar('beta', consumer, packing);
    const scaled = beta ? packing.fresh(`${output}_bias`) : bias;
    if (beta) before.push(node('Mul', [bias, beta], [scaled]));
    steps.push((from, to) => node('Add', [from, scaled], [to]));
  }
  return [...before, ...chain(steps, left, output, packing)];
}

/** A stored scalar with the value of a Gemm's factor; undefined where that is 1. */
function scalar(factor: 'alpha' | 'beta', consumer: Node, packing: Packing): string | undefined {
  const value = floatOf(consumer, factor, 1);
  if (value === 1) return undefined;
  return packing.add(
    `${consumer.outputs[0] ?? ''}_${factor}`,
    'float32',
    [],
    Float32Array.of(value),
  );
}

/** Node after node, from a value to a value. */
function chain(
  steps: readonly ((from: string, to: string) => Node)[],
  first: string,
  last: string,
  packing: Packing,
): Node[] {
  let from = first;
  return steps.map((step, index) => {
    const to = index === steps.length - 1 ? last : packing.fresh(`${last}_step`);
    const made = step(from, to);
    from = to;
    return made;
  });
}
