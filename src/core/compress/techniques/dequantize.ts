/**
 * Turns a model that is quantized already back into one of real numbers: w = (code − zero point) ·
 * scale, and no more rounding of activations. Other techniques can then work on its weights.
 */
import { formatBytes } from '../../errors.ts';
import { operatorOf } from '../../onnx/flow.ts';
import { byteLength } from '../../onnx/tensor.ts';
import type { Model, Node, Tensor } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import type { OptionSpecs } from '../options.ts';
import { technique, type Context } from '../technique.ts';
import { notSelected } from '../to-float/job.ts';
import { toFloat } from '../to-float/to-float.ts';

const options = {
  activations: {
    type: 'toggle',
    label: 'Activations too',
    help: 'Stop rounding the activations as well. Off keeps their rounding where a stored scale gives it.',
    default: true,
  },
  ranges: {
    type: 'choice',
    label: 'Ranges',
    help: 'Rounding also cut activations to a range. A range that begins at 0 may be all that is left of a Relu, so it stays as a Clip.',
    default: 'relu',
    choices: [
      { value: 'relu', label: 'those that begin at 0' },
      { value: 'all', label: 'all of them' },
    ],
    only: { option: 'activations', is: [true] },
  },
} as const satisfies OptionSpecs;

export const dequantize = technique({
  family: 'quantize',
  label: 'Dequantize',
  summary:
    'Turns a model that is quantized already back into one of real numbers: w = (code − zero point) · scale, ' +
    'and activations are no longer rounded. The first step for a model that was downloaded quantized: the steps ' +
    'after it work on real weights. The file grows up to 4 or 8 times; what rounding lost stays lost.',
  options,
  needs: () => [],
  targets: (model) => findWeights(model).filter(({ quantized }) => quantized !== undefined),
  async apply(model, { activations, ranges }, context) {
    const codes = new Map(context.weights.map((weight) => [weight.tensor, weight]));
    const coded = findWeights(model).filter(({ quantized }) => quantized);
    const whole = coded.every(({ tensor }) => codes.has(tensor));
    const isWeight = new Set(coded.map(({ tensor }) => tensor));
    const record = new Record(context, codes);
    for (const weight of context.weights) refuse(weight, context);
    const result = await toFloat(model, {
      signal: context.signal,
      activations: activations && whole,
      everyRange: ranges === 'all',
      mayFold: (tensor) => (isWeight.has(tensor) ? codes.has(tensor) : whole),
      wasFolded: (tensor, values) => record.folded(tensor, values),
      stays: (node, reason) => {
        const wanted =
          !(activations && whole) && /(^|[^c])QuantizeLinear$|^DequantizeLinear$/.test(node.opType);
        if (!wanted && reason !== notSelected) record.stays(node, reason);
      },
    });
    if (activations && !whole) {
      context.note(
        'Activations are rounded as before: some of the quantized weights are not selected.',
      );
    }
    record.close(model, result);
    return result;
  },
});

function refuse({ key, quantized, dtype }: Weight, { note }: Context): void {
  if (!quantized) note(`"${key}" is left as it is: its values are ${dtype}, not codes.`);
}

/** What a conversion did, for progress and trace. */
class Record {
  private readonly context: Context;
  private readonly codes: ReadonlyMap<Tensor, Weight>;
  private readonly done = new Set<string>();
  private readonly staying = new Map<string, string[]>();
  private before = 0;
  private after = 0;

  constructor(context: Context, codes: ReadonlyMap<Tensor, Weight>) {
    this.context = context;
    this.codes = codes;
  }

  folded(tensor: Tensor, values: Tensor): void {
    const weight = this.codes.get(tensor);
    if (!weight) return;
    this.before += byteLength(tensor);
    this.after += byteLength(values);
    this.done.add(weight.key);
    this.context.progress(this.done.size, Math.max(this.done.size, this.codes.size), weight.key);
  }

  stays(node: Node, reason: string): void {
    const nodes = this.staying.get(`${operatorOf(node)}: ${reason}`) ?? [];
    this.staying.set(`${operatorOf(node)}: ${reason}`, nodes);
    nodes.push(node.name || (node.outputs[0] ?? ''));
  }

  close(before: Model, after: Model): void {
    const { note } = this.context;
    for (const { key, quantized } of this.codes.values()) {
      if (quantized && !this.done.has(key)) {
        note(`"${key}" is left as it is: ${operatorOf(quantized.dequantize)} stays.`);
      }
    }
    for (const [what, nodes] of this.staying) {
      const [operator = '', reason = ''] = what.split(': ');
      const shown = nodes.slice(0, 3).map((name) => `"${name}"`);
      const others = nodes.length > 3 ? ` and ${nodes.length - 3} more` : '';
      note(`${operator} stays at ${shown.join(', ')}${others}: ${reason}.`);
    }
    if (this.done.size === 0) return;
    note(
      `${this.done.size} weight${this.done.size > 1 ? 's are' : ' is'} real again: ` +
        `${formatBytes(this.after)} instead of ${formatBytes(this.before)}.`,
    );
    const rounded = (model: Model) =>
      model.graph.nodes.some(({ opType }) => /QuantizeLinear$|^QLinear/.test(opType));
    if (rounded(before) && !rounded(after)) note('Activations are no longer rounded.');
  }
}
