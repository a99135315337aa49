/** Puts int8 codes in the place of weights, and integer products in the place of those that take them. */
import type { CodedBlocks } from '../../math/grid.ts';
import { floatOf, node } from '../../onnx/build.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes, type Model, type Node, type Tensor } from '../../onnx/types.ts';
import type { GraphPath } from '../../onnx/edit.ts';
import type { Weight } from '../../onnx/weights.ts';
import { kept, ModelEdit } from '../model-edit.ts';
import { dynamicProduct, type RoundedActivations } from './dynamic-product.ts';
import type { IntegerPlan } from './integer-matrix.ts';

export class IntegerEdit {
  private readonly edit: ModelEdit;
  private readonly rounded = new Map<string, RoundedActivations>();

  constructor(model: Model) {
    this.edit = new ModelEdit(model);
  }

  done(): Model {
    return this.edit.done();
  }

  /**
   * Stores a weight as codes with their scales. Products become integer products; whoever else takes
   * the weight finds its values under its old name.
   */
  store(weight: Weight, plan: IntegerPlan, coded: CodedBlocks): void {
    const { name, dims } = weight;
    const codes = makeTensor(this.fresh(`${name}_codes`), 'int8', dims, kept(asBytes(coded.codes)));
    const scale = this.scaleTensor(`${name}_scale`, plan, coded.scales);
    const tensors = [codes, scale];
    const nodes = this.values(weight, plan, codes.name, scale.name);
    let turned = '';
    for (const { consumer, turned: isTurned } of plan.products) {
      if (isTurned && turned === '') {
        turned = this.fresh(`${name}_codes_turned`);
        const attributes = { perm: [1, 0] };
        nodes.push(node('Transpose', [codes.name], [turned], { name: turned, attributes }));
      }
      const own = this.ownScale(consumer.node, weight, plan, coded.scales);
      if (own) tensors.push(own);
      const matrix = { codes: isTurned ? turned : codes.name, scale: (own ?? scale).name };
      const made = dynamicProduct(consumer.node, matrix, {
        fresh: (base) => this.fresh(base),
        rounded: (value) => this.roundedAt(consumer.path, value),
      });
      this.edit.replace(consumer.node, ...made);
    }
    this.edit.replaceStored(weight, tensors, nodes);
  }

  private readonly fresh = (base: string): string => this.edit.fresh(base);

  private scaleTensor(
    base: string,
    { channelAxis }: IntegerPlan,
    scales: Float32Array<ArrayBuffer>,
  ): Tensor {
    const dims = channelAxis === undefined ? [] : [scales.length];
    return makeTensor(this.fresh(base), 'float32', dims, scales);
  }

  /** Where a Gemm multiplies its product by a factor, the scales times that factor. */
  private ownScale(
    consumer: Node,
    { name }: Weight,
    plan: IntegerPlan,
    scales: Float32Array<ArrayBuffer>,
  ): Tensor | undefined {
    const alpha = consumer.opType === 'Gemm' ? floatOf(consumer, 'alpha', 1) : 1;
    if (alpha === 1) return undefined;
    const scaled = scales.map((scale) => Math.fround(scale * Math.fround(alpha)));
    return this.scaleTensor(`${name}_scale_alpha`, plan, scaled);
  }

  /** The weight's values under its old name. */
  private values(
    weight: Weight,
    { channelAxis }: IntegerPlan,
    codes: string,
    scale: string,
  ): Node[] {
    const { name, dtype } = weight;
    const attributes = channelAxis === undefined ? {} : { axis: channelAxis };
    const converts = dtype !== 'float32';
    const real = converts ? this.fresh(`${name}_dequantizelinear_output`) : name;
    const nodes = [
      node('DequantizeLinear', [codes, scale], [real], {
        name: this.fresh(`${name}_dequantizelinear`),
        attributes,
      }),
    ];
    if (converts) {
      const to = dtypes.indexOf(dtype);
      nodes.push(
        node('Cast', [real], [name], { name: this.fresh(`${name}_cast`), attributes: { to } }),
      );
    }
    return nodes;
  }

  /** The rounded form of a value, which the first product that asks brings along. */
  private roundedAt(path: GraphPath, value: string): RoundedActivations {
    const place = path.map(({ node: at, attribute, index }) => `${at}.${attribute}.${index}`);
    const key = [...place, value].join('/');
    const known = this.rounded.get(key);
    if (known) return { ...known, nodes: [] };
    const outputs = ['quantized', 'scale', 'zero_point'].map((part) =>
      this.fresh(`${value}_${part}`),
    );
    const [codes = '', scale = '', zeroPoint = ''] = outputs;
    const made = node('DynamicQuantizeLinear', [value], outputs, {
      name: this.fresh(`${value}_dynamicquantizelinear`),
    });
    const rounded = { codes, scale, zeroPoint, nodes: [made] };
    this.rounded.set(key, rounded);
    return rounded;
  }
}

const asBytes = ({
  buffer,
  byteOffset,
  byteLength,
}: Int8Array<ArrayBuffer> | Uint8Array<ArrayBuffer>) =>
  new Uint8Array(buffer, byteOffset, byteLength);
