import { describe, expect, test } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient, draw } from '../check-rule.ts';
import { gradientsOf } from '../emitted-gradients.ts';

describe('Einsum', () => {
  const products: readonly (readonly [string, readonly number[], readonly number[]])[] = [
    ['ij,jk->ik', [2, 3], [3, 4]],
    ['ij,jk', [2, 3], [3, 4]],
    ['ij,kj->ki', [2, 3], [4, 3]],
    ['bthd,bshd->bhts', [2, 3, 2, 4], [2, 5, 2, 4]],
    ['bhts,bshd->bthd', [2, 2, 3, 5], [2, 5, 2, 4]],
    ['btd,dhk->bthk', [2, 3, 4], [4, 2, 3]],
    ['bthk, hkd -> btd', [2, 3, 2, 3], [2, 3, 4]],
    ['...td,...sd->...ts', [2, 2, 3, 4], [2, 2, 5, 4]],
    ['...ij,jk->ik...', [2, 2, 3], [3, 4]],
    ['ij,ij->ij', [1, 3], [2, 3]],
    ['...td,...sd->...ts', [2, 1, 3, 4], [2, 2, 5, 4]],
    ['...ij,jk', [2, 2, 3], [3, 4]],
    ['i,j->ij', [3], [4]],
    ['i,i->', [3], [3]],
    ['ij,ij->i', [3, 4], [3, 4]],
    ['ij,k->i', [3, 4], [2]],
    [',ij->ji', [], [3, 4]],
    ['bij,bjk->ik', [2, 3, 4], [2, 4, 2]],
    ['Ab,bA->A', [3, 4], [4, 3]],
  ];
  for (const [equation, a, b] of products) {
    checkGradient(`${equation} of [${a.join()}] and [${b.join()}]`, {
      nodes: [node('Einsum', ['A', 'B'], ['Y'], { attributes: { equation } })],
      inputs: { A: a, B: b },
      wrt: ['A', 'B'],
    });
  }

  for (const equation of ['ijk->kij', 'ijk->ik', 'ijk->', 'kji', '...k->k...', 'i...->...']) {
    checkGradient(`${equation} of one operand`, {
      nodes: [node('Einsum', ['A'], ['Y'], { attributes: { equation } })],
      inputs: { A: [2, 3, 4] },
      wrt: ['A'],
    });
  }

  checkGradient('of three operands', {
    nodes: [node('Einsum', ['A', 'B', 'C'], ['Y'], { attributes: { equation: 'bi,ij,bj->b' } })],
    inputs: { A: [2, 3], B: [3, 4], C: [2, 4] },
    wrt: ['A', 'B', 'C'],
  });

  test('refuses diagonals, by operand', async () => {
    const nodes = [node('Einsum', ['A'], ['Y'], { attributes: { equation: 'ii->i' } })];
    const drawn = draw({ nodes, inputs: { A: [3, 3] }, wrt: ['A'] });
    await expect(gradientsOf(drawn)).rejects.toThrow(/a diagonal of operand 1/);
  });
});
