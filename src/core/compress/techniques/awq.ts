/** Activation-aware scaling before rounding (Lin et al., "AWQ: activation-aware weight quantization", 2024). */
import { loadKernels } from '../../kernels/index.ts';
import { codeBits, gridFor } from '../../math/grid.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { loadFinite } from '../dense.ts';
import { AwqSearch } from '../fold/awq-search.ts';
import { visitReaders } from '../fold/cell-inputs.ts';
import { weightsOf, type Cell } from '../fold/cells.ts';
import { sameWhere } from '../fold/notes.ts';
import { cellWeights, rangeOf, rescaled, selectedCells } from '../fold/rescaling.ts';
import { Scales } from '../fold/scales.ts';
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

const kinds = ['norm', 'layer'] as const;

const options = {
  bits: {
    type: 'choice',
    label: 'Bits',
    help: 'For how many bits the factors are chosen: those of the rounding step that follows.',
    default: 4,
    choices: codeBits
      .filter((bits) => bits >= 2)
      .map((bits) => ({ value: bits, label: `${bits} bits` })),
  },
  blockSize: {
    type: 'choice',
    label: 'Block size',
    help: 'For which blocks the factors are chosen: those of the rounding step that follows.',
    default: 32,
    choices: [
      { value: 0, label: 'whole channel' },
      ...[16, 32, 64, 128, 256].map((value) => ({ value, label: String(value) })),
    ],
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export const awq = technique({
  family: 'quantize',
  label: 'Activation-aware scaling',
  summary:
    'Enlarges the weights that meet large inputs before they are rounded: s = mean|x|^α, weights are multiplied by s and inputs divided by it in the norm or layer that makes them; α between 0 and 1 is the one with the least tr(ΔᵀHΔ) for each group of weights. ' +
    'Answers stay the same; plain rounding loses less afterwards (Lin et al., 2024). ' +
    'Little is left to gain where GPTQ follows, and in small blocks.',
  options,
  preserves: true,
  needs: () => ['calibration'],
  targets: (model) => cellWeights(model, kinds),
  async apply(model, { bits, blockSize, data, samples }, context) {
    const { note, progress, signal } = context;
    const cells = selectedCells(model, kinds, context);
    const last = cells.at(-1);
    if (!last) return model;
    // Before the model runs, so that a NaN is named where it lies.
    for (const weight of new Set(cells.flatMap(weightsOf))) {
      signal.throwIfAborted();
      await loadFinite(weight);
    }
    const keyOf = ({ readers }: Cell) => readers[0]!.weight.key;
    progress(0, cells.length, keyOf(cells[0]!));
    const { linear } = await loadKernels();
    const search = new AwqSearch(gridFor(bits, true, 'float32'), blockSize, linear);
    let done = 0;
    const from = await visitReaders(model, cells, { data, samples }, context, async (inputs) => {
      for (const input of inputs) await search.add(input, signal);
      for (const cell of search.complete()) progress(++done, cells.length, keyOf(cell));
    });
    note(sameWhere('Inputs', from));
    const scales = new Scales();
    for (const cell of cells) {
      const { factors, sixteenths, gain } = search.best(cell);
      const readers = cell.readers.map(({ weight }) => `"${weight.key}"`).join(', ');
      const where = `"${cell.source.label}" → ${readers}`;
      if (sixteenths === 0) {
        note(`${where} stay as they are: rounding loses least without factors.`);
        continue;
      }
      scales.rescale(cell, factors);
      const less = `${(100 * gain).toFixed(1)} % less error of rounding`;
      note(`${where}: α = ${sixteenths}/16, factors of ${rangeOf(factors)}, ${less}.`);
    }
    signal.throwIfAborted();
    const after = await rescaled(model, cells, scales);
    progress(cells.length, cells.length, keyOf(last));
    return after;
  },
});
