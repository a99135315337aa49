/**
 * GPTQ (Frantar, Ashkboos, Hoefler and Alistarh, 2023) on fitted grids: with the inputs x of a layer
 * in view, weights are rounded one input channel after the other, and each error e moves onto those
 * still to come, w ← w − e·U along row i of the Cholesky factor U of the inverse of H = xᵀx. What it
 * adds to the paper: scales are fitted before and stay with their blocks whatever the order, damping
 * is chosen on held-out inputs, and scales and codes are refined after.
 */
import { findWeights } from '../../onnx/weights.ts';
import { notDense } from '../dense.ts';
import { applyGptq } from '../gptq/apply.ts';
import { gptqOptions } from '../gptq/options.ts';
import { technique } from '../technique.ts';

export const quantizeGptq = technique({
  family: 'quantize',
  label: 'GPTQ',
  summary:
    'Rounds weights one input after the other while it watches what flows through the layer, and lets the weights still to come make up for each error: w ← w − e · U, U from the Cholesky factor of the inputs’ inverse Gram matrix (Frantar et al., 2023). ' +
    'The same file as block quantization, with about half the error; takes samples, and time that grows with the cube of a layer’s width. ' +
    'Few or untypical samples mislead it: damping is chosen, and every stage accepted, on samples held back from it.',
  options: gptqOptions,
  needs: () => ['calibration'],
  targets: (model) => findWeights(model).filter((weight) => notDense(weight) === undefined),
  apply: applyGptq,
});
