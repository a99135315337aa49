/**
 * Einsum of any number of operands. The gradient of one operand is the Einsum of the output's gradient
 * with all the others, under the labels of that operand.
 */
import { textOf } from '../../onnx/build.ts';
import type { BackwardStep, Rule } from '../rule.ts';

/** A value whose axes have labels, one letter each. */
interface Term {
  readonly value: string;
  readonly labels: readonly string[];
  readonly dims: readonly number[];
}

export const einsum: Rule = (step) => {
  const { inputs, outputs } = step.node;
  const dims = inputs.map((input) => step.dims(input));
  const { operands, output } = parse(textOf(step.node, 'equation') ?? '', dims);
  const terms = operands.map((labels, index) => ({
    value: inputs[index]!,
    labels,
    dims: dims[index]!,
  }));
  const gradient = {
    value: step.gradients[0]!,
    labels: output,
    dims: step.dims(outputs[0]!),
  };
  return terms.map((term, index) => {
    if (!step.wants(index)) return undefined;
    if (new Set(term.labels).size < term.labels.length) {
      return step.refuse(`it takes a diagonal of operand ${index + 1}`);
    }
    return gradientOf(step, term, [gradient, ...terms.toSpliced(index, 1)]);
  });
};

function gradientOf(step: BackwardStep, { labels, dims }: Term, factors: readonly Term[]): string {
  const sizes = new Map<string, number>();
  for (const factor of factors) {
    factor.labels.forEach((label, axis) => {
      sizes.set(label, Math.max(sizes.get(label) ?? 1, factor.dims[axis]!));
    });
  }
  const known = labels.filter((label) => sizes.has(label));
  const product = productOf(step, factors, known.join(''));
  // An axis that is nowhere else was summed over; one of length 1 was repeated.
  const found = labels.map((label) => sizes.get(label) ?? 1);
  const whole = found.map((size, axis) => Math.max(size, dims[axis]!));
  const aligned =
    known.length === labels.length
      ? product
      : step.emit('Reshape', [product, step.integers(found)]);
  const isWhole = whole.every((size, axis) => size === found[axis]);
  const stretched = isWhole ? aligned : step.emit('Expand', [aligned, step.integers(whole)]);
  return step.sumTo(stretched, whole, dims);
}

/** The product of all factors, summed down to some labels. Scalars are left to a Mul. */
function productOf(step: BackwardStep, factors: readonly Term[], labels: string): string {
  const scalars = factors.filter((factor) => factor.labels.length === 0);
  const arrays = factors.filter((factor) => factor.labels.length > 0);
  const [first, ...others] = arrays.map((factor) => factor.labels.join(''));
  const sum = (): string => {
    const equation = `${[first, ...others].join()}->${labels}`;
    return step.emit('Einsum', valuesOf(arrays), { equation });
  };
  const isDone = first === labels && others.length === 0;
  const main = isDone || arrays.length === 0 ? valuesOf(arrays) : [sum()];
  return [...main, ...valuesOf(scalars)].reduce((a, b) => step.emit('Mul', [a, b]));
}

const valuesOf = (terms: readonly Term[]): string[] => terms.map(({ value }) => value);

const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');

/** The labels of each operand and of the output, with letters for the axes of an ellipsis. */
function parse(
  equation: string,
  dims: readonly (readonly number[])[],
): { readonly operands: readonly string[][]; readonly output: string[] } {
  const [left = '', right] = equation.replaceAll(/\s/g, '').split('->');
  const terms = left.split(',');
  // Every ellipsis of an equation stands for equally many axes.
  const index = terms.findIndex((term) => term.includes('...'));
  const hidden = index < 0 ? 0 : dims[index]!.length - (terms[index]!.length - 3);
  const unused = letters
    .filter((letter) => !equation.includes(letter))
    .slice(0, hidden)
    .join('');
  const labelsOf = (term: string): string[] => Array.from(term.replace('...', unused));
  return { operands: terms.map(labelsOf), output: labelsOf(right ?? `...${implicit(terms)}`) };
}

/** Without an arrow, the labels that occur once, in the order of the alphabet. */
function implicit(terms: readonly string[]): string {
  const all = Array.from(terms.join('').replaceAll('.', '')).sort();
  return all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).join('');
}
