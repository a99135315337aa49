/** The operators as they were before opset 7: settings of the frameworks that ONNX began with. */
import {
  attribute,
  attributeOf,
  float,
  intOf,
  intsOf,
  node as makeNode,
  textOf,
} from '../build.ts';
import { dtypes, type Attribute, type Dtype, type Node } from '../types.ts';
import { withAttribute, withAttributes, withInput, withoutAttributes } from './rule.ts';
import type { Scope } from './scope.ts';

/**
 * `axis` laid the second operand's first axis beside that axis of the first. Broadcasting lays the
 * last axes beside each other, so the operand needs axes of 1 behind its own.
 */
export function alignLast(node: Node, scope: Scope): readonly Node[] {
  const plain = withoutAttributes(node, 'broadcast', 'axis');
  const axis = attributeOf(node, 'axis')?.i;
  if (intOf(node, 'broadcast', 0) === 0 || axis === undefined) return [plain];
  const [a = '', b = ''] = node.inputs;
  const [rank, own] = [scope.fact(a).dims?.length, scope.fact(b).dims?.length];
  if (rank === undefined || own === undefined) {
    scope.refuse(node, 'it broadcasts from an axis, and the ranks of its inputs are not known');
  }
  return [...behind(b, rank - Number(axis) - own, plain, scope)];
}

/** The slopes of PRelu belonged to the channels (axis 1), which the broadcasting of opset 7 must be told. */
export function slopePerChannel(node: Node, scope: Scope): readonly Node[] {
  const [input = '', slope = ''] = node.inputs;
  const { dims } = scope.fact(slope);
  if (dims && (dims.length !== 1 || dims[0] === 1)) return [node];
  const rank = scope.fact(input).dims?.length;
  if (rank === undefined) scope.refuse(node, 'its slopes belong to channels of an unknown rank');
  return behind(slope, rank - 2, node, scope);
}

/** More axes than any tensor has: a damaged file. */
const mostAxes = 64;

/** `node` with `count` axes of 1 put behind those of its second input. */
function behind(value: string, count: number, node: Node, scope: Scope): readonly Node[] {
  if (count <= 0) return [node];
  if (count > mostAxes) scope.refuse(node, `it broadcasts over ${count} axes`);
  const rank = scope.fact(value).dims?.length ?? 1;
  const aligned = scope.fresh(`${value}_aligned`);
  const axes = Array.from({ length: count }, (_, index) => rank + index);
  return [
    makeNode('Unsqueeze', [value], [aligned], { attributes: { axes } }),
    withInput(node, 1, aligned),
  ];
}

/** Training was the default before opset 7; afterwards it is told by the four further outputs. */
export function trainingByOutputs(node: Node, scope: Scope): readonly Node[] {
  const plain = withoutAttributes(node, 'is_test');
  const [output = ''] = node.outputs;
  if (intOf(node, 'is_test', 0) !== 0) {
    if (node.outputs.slice(1).some((one) => scope.isUsed(one))) {
      scope.refuse(node, 'it does not train (is_test), and yet its statistics are read');
    }
    return [{ ...plain, outputs: [output] }];
  }
  const outputs = Array.from(
    { length: 5 },
    (_, at) => node.outputs[at] || scope.fresh(`${output}_statistics`),
  );
  return [{ ...plain, outputs }];
}

/** Dropout of opset 7 to 11 is always at rest. */
export function dropoutAtRest(node: Node, scope: Scope): readonly Node[] {
  if (intOf(node, 'is_test', 0) === 0) scope.refuse(node, 'it drops at random (is_test = 0)');
  return [withoutAttributes(node, 'is_test')];
}

/** Reshape's shape was an attribute. */
export function shapeToInput(node: Node, scope: Scope): readonly Node[] {
  const shape = attributeOf(node, 'shape');
  if (!shape) scope.refuse(node, 'it does not say which shape');
  const plain = withoutAttributes(node, 'shape', 'consumed_inputs');
  return [withInput(plain, 1, scope.fromAttribute(shape))];
}

/** Selu's defaults were shorter. */
export function shortDefaults(node: Node): readonly Node[] {
  const given = (name: string, meant: number): Attribute =>
    attributeOf(node, name) ?? attribute(name, float(meant));
  const explicit = withAttributes(node, given('alpha', 1.6732), given('gamma', 1.0507));
  return [withoutAttributes(explicit, 'consumed_inputs')];
}

const typeNames = new Map<string, Dtype>([
  ['FLOAT', 'float32'],
  ['DOUBLE', 'float64'],
]);

/** Cast's target was the name of the type. */
export function typeByNumber(node: Node, scope: Scope): readonly Node[] {
  const name = textOf(node, 'to')?.toUpperCase() ?? '';
  const dtype = typeNames.get(name) ?? (name.toLowerCase() as Dtype);
  const type = dtypes.indexOf(dtype);
  if (type <= 0) scope.refuse(node, `it casts to "${name}", which is no type`);
  return [withAttribute(node, 'to', type)];
}

/** Pad's amounts had a longer name. */
export function padsByNewName(node: Node): readonly Node[] {
  const pads = attributeOf(node, 'paddings');
  return [
    pads ? withoutAttributes(withAttributes(node, { ...pads, name: 'pads' }), 'paddings') : node,
  ];
}

/** Split's sizes could be an input, became an attribute in opset 2, and an input again in 13. */
export async function sizesToAttribute(node: Node, scope: Scope): Promise<readonly Node[]> {
  const [input = '', sizes = ''] = node.inputs;
  const axis = intOf(node, 'axis', 0);
  const plain = withAttribute({ ...node, inputs: [input] }, 'axis', axis);
  if (sizes === '' || intsOf(node, 'split')) return [plain];
  const known = await scope.numbers(sizes);
  if (!known) scope.refuse(node, 'its sizes are computed while it runs');
  return [withAttribute(plain, 'split', known)];
}

/** Upsample named its two scales, of images. */
export function scalesOfImage(node: Node, scope: Scope): readonly Node[] {
  const scale = (name: string): number =>
    attributeOf(node, name)?.f ?? scope.refuse(node, `it has no ${name}`);
  const scales = { floats: [1, 1, scale('height_scale'), scale('width_scale')] };
  const scaled = withAttribute(node, 'scales', scales);
  const plain = withoutAttributes(scaled, 'height_scale', 'width_scale');
  return [textOf(node, 'mode') === 'bilinear' ? withAttribute(plain, 'mode', 'linear') : plain];
}

/** The exponent of a norm became a whole number. */
export function wholeExponent(node: Node, scope: Scope): readonly Node[] {
  const p = attributeOf(node, 'p')?.f;
  if (p === undefined) return [node];
  if (!Number.isInteger(p)) scope.refuse(node, `its norm has the exponent ${p}`);
  return [withAttribute(node, 'p', p)];
}
