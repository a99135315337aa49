/**
 * A product whose activations are rounded at run time, in standard ONNX:
 * DynamicQuantizeLinear(x) → MatMulInteger → Cast → Mul by both scales → Add. onnxruntime fuses these
 * nodes into one operator where they come in this order and nothing stands between them.
 */
import { floatOf, intOf, node } from '../../onnx/build.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Node } from '../../onnx/types.ts';

/** The names of a matrix of codes [inputs, outputs] and of what they are multiplied with: a number, or one for each output. */
export interface IntegerMatrix {
  readonly codes: string;
  readonly scale: string;
}

/** What the nodes around a product need of the model around them. */
export interface ProductScope {
  /** A name that is free in the model. */
  readonly fresh: (base: string) => string;
  /** The rounded form of a value, made once for all products that take it; `nodes` make it where it is new. */
  readonly rounded: (value: string) => RoundedActivations;
}

export interface RoundedActivations {
  readonly codes: string;
  readonly scale: string;
  readonly zeroPoint: string;
  readonly nodes: readonly Node[];
}

/** The nodes in the place of a MatMul or a Gemm. Gemm's `alpha` must be part of the matrix' scale already. */
export function dynamicProduct(
  old: Node,
  matrix: IntegerMatrix,
  { fresh, rounded }: ProductScope,
): Node[] {
  const [output = ''] = old.outputs;
  const name = old.name || output;
  const turned = intOf(old, 'transA', 0) === 1;
  const [left = ''] = old.inputs;
  const before: Node[] = [];
  let from = left;
  if (turned) {
    from = fresh(`${left}_turned`);
    before.push(node('Transpose', [left], [from], { name: from, attributes: { perm: [1, 0] } }));
  }
  const x = rounded(from);
  const bias = old.opType === 'Gemm' && floatOf(old, 'beta', 1) !== 0 ? (old.inputs[2] ?? '') : '';
  const [sums, real] = [fresh(`${output}_integer`), fresh(`${output}_real`)];
  const scale = fresh(`${output}_scale`);
  const product = bias === '' ? output : fresh(`${output}_product`);
  const nodes = [
    ...before,
    ...x.nodes,
    node('MatMulInteger', [x.codes, matrix.codes, x.zeroPoint], [sums], { name }),
    node('Cast', [sums], [real], { name: real, attributes: { to: dtypes.indexOf('float32') } }),
    node('Mul', [x.scale, matrix.scale], [scale], { name: scale }),
    node('Mul', [real, scale], [product], { name: fresh(`${name}_rescale`) }),
  ];
  return bias === '' ? nodes : [...nodes, ...addBias(old, product, bias, fresh)];
}

/** y = product + beta · bias */
function addBias(old: Node, product: string, bias: string, fresh: ProductScope['fresh']): Node[] {
  const [output = ''] = old.outputs;
  const add = (other: string) =>
    node('Add', [product, other], [output], { name: fresh(`${old.name || output}_bias`) });
  const beta = floatOf(old, 'beta', 1);
  if (beta === 1) return [add(bias)];
  const [factor, scaled] = [fresh(`${output}_beta`), fresh(`${output}_scaled_bias`)];
  const value = makeTensor(factor, 'float32', [], Float32Array.of(beta));
  return [
    node('Constant', [], [factor], { name: factor, attributes: { value } }),
    node('Mul', [bias, factor], [scaled], { name: scaled }),
    add(scaled),
  ];
}
