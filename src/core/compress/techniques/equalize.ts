/** Cross-layer equalization (Nagel et al., "Data-free quantization", 2019). */
import { loadFinite } from '../dense.ts';
import { weightsOf } from '../fold/cells.ts';
import { equalizing } from '../fold/equalization.ts';
import { cellWeights, rangeOf, rescaled, selectedCells } from '../fold/rescaling.ts';
import { Scales } from '../fold/scales.ts';
import { technique } from '../technique.ts';

const kinds = ['layer'] as const;

export const equalize = technique({
  family: 'quantize',
  label: 'Equalize layers',
  summary:
    'Gives the channels between two layers like ranges: channel i is divided by s = √(r1ᵢ/r2ᵢ) where it is made and multiplied by s where it is read, r being the largest |w|. ' +
    'Answers stay the same, because Relu, LeakyRelu and pooling pass a positive factor on; rounding with few scales then loses less (Nagel et al., 2019). ' +
    'Does nothing across Gelu, Silu or Relu6, and little for rounding in small blocks.',
  options: {},
  preserves: true,
  needs: () => [],
  targets: (model) => cellWeights(model, kinds),
  async apply(model, _, context) {
    const { signal, progress, note } = context;
    const cells = selectedCells(model, kinds, context);
    const last = cells.at(-1);
    if (!last) return model;
    const byName = new Map(cells.flatMap(weightsOf).map((weight) => [weight.name, weight]));
    let read = 0;
    const factors = await equalizing(cells, async ({ stored }) => {
      signal.throwIfAborted();
      const weight = byName.get(stored.name)!;
      progress(read++, byName.size, weight.key);
      return loadFinite(weight);
    });
    signal.throwIfAborted();
    const scales = new Scales();
    cells.forEach((cell, index) => {
      scales.rescale(cell, factors[index]!);
      const readers = cell.readers.map(({ weight }) => `"${weight.key}"`).join(', ');
      note(`"${cell.source.label}" → ${readers}: factors of ${rangeOf(factors[index]!)}.`);
    });
    const after = await rescaled(model, cells, scales);
    progress(byName.size, byName.size, last.source.label);
    return after;
  },
});
