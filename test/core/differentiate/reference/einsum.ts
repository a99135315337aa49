/** Einstein's summation, of any number of operands. */
import { textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, eachCoordinate, type NumberArray } from './array.ts';
import type { Operators } from './operator.ts';

const lettersOf = (term: string): string[] => term.match(/[a-zA-Z]/g) ?? [];

/**
 * One letter per axis. The axes of an ellipsis get names that count from its right end ("…0" is the
 * last), for that is how they broadcast.
 */
function labelsOf(term: string, rank: number): string[] {
  const [before = '', after] = term.split('...');
  if (after === undefined) return lettersOf(before);
  const hidden = rank - lettersOf(term).length;
  const ellipsis = Array.from({ length: hidden }, (_, axis) => `…${hidden - 1 - axis}`);
  return [...lettersOf(before), ...ellipsis, ...lettersOf(after)];
}

/** Without an arrow: the ellipsis, then the letters that occur once, by the alphabet. */
function implicitOutput(terms: readonly string[]): string {
  const letters = terms.flatMap(lettersOf);
  const once = letters.filter((one) => letters.indexOf(one) === letters.lastIndexOf(one)).sort();
  return (terms.some((term) => term.includes('...')) ? '...' : '') + once.join('');
}

function einsum(operands: readonly NumberArray[], node: Node): NumberArray {
  const [left = '', right] = (textOf(node, 'equation') ?? '').split('->');
  const terms = left.split(',');
  const labels = terms.map((term, index) => labelsOf(term, operands[index]!.dims.length));
  const size = new Map<string, number>();
  labels.forEach((list, index) =>
    list.forEach((label, axis) => {
      const dim = operands[index]!.dims[axis]!;
      if (dim !== 1 || !size.has(label)) size.set(label, dim);
    }),
  );
  const hidden = [...size.keys()].filter((label) => label.startsWith('…')).length;
  const term = right ?? implicitOutput(terms);
  const kept = labelsOf(term, lettersOf(term).length + hidden);
  const summed = [...size.keys()].filter((label) => !kept.includes(label));
  const order = [...kept, ...summed];
  const sizeOf = (label: string): number => size.get(label)!;
  return arrayOf(kept.map(sizeOf), (outer) => {
    let total = 0;
    eachCoordinate(summed.map(sizeOf), (inner) => {
      const places = [...outer, ...inner];
      const placeOf = (operand: NumberArray, label: string, axis: number): number =>
        operand.dims[axis] === 1 ? 0 : places[order.indexOf(label)]!;
      total += operands.reduce((product, operand, index) => {
        const place = labels[index]!.map((label, axis) => placeOf(operand, label, axis));
        return product * at(operand, place);
      }, 1);
    });
    return total;
  });
}

export const summations: Operators = {
  Einsum: (inputs, node) => [
    einsum(
      inputs.filter((input) => input !== undefined),
      node,
    ),
  ],
};
