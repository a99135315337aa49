/** SmoothQuant (Xiao et al., "SmoothQuant: accurate and efficient post-training quantization", 2023). */
import { sixteenthPower } from '../../math/sixteenth-power.ts';
import { calibrationDataOption, mostSamplesOption } from '../calibrate-options.ts';
import { loadFinite } from '../dense.ts';
import type { Cell } from '../fold/cells.ts';
import { visitReaders } from '../fold/cell-inputs.ts';
import { largestByChannel } from '../fold/channel-statistics.ts';
import { sameWhere } from '../fold/notes.ts';
import { cellWeights, rangeOf, rescaled, selectedCells } from '../fold/rescaling.ts';
import { largestOf, Scales } from '../fold/scales.ts';
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

const kinds = ['norm', 'layer'] as const;

const options = {
  strength: {
    type: 'number',
    label: 'Strength',
    help: 'How much of the activations’ range moves into the weights: 0.5 shares it evenly. It is taken in steps of 1/16.',
    default: 0.5,
    min: 0,
    max: 1,
    step: 0.0625,
    integer: false,
  },
  data: calibrationDataOption,
  samples: mostSamplesOption,
} as const satisfies OptionSpecs;

export const smooth = technique({
  family: 'quantize',
  label: 'Smooth activations',
  summary:
    'Moves outliers from activations into weights, where rounding has a scale for each channel: s = max|x|^α / max|W|^(1−α), inputs are divided by s in the norm or layer that makes them, weights multiplied by it. ' +
    'Answers stay the same; int8 activations lose less afterwards (Xiao et al., 2023). ' +
    'Can hurt rounding of weights alone, which gets the outliers.',
  options,
  preserves: true,
  needs: () => ['calibration'],
  targets: (model) => cellWeights(model, kinds),
  async apply(model, { strength, data, samples }, context) {
    const { note, progress, signal } = context;
    const cells = selectedCells(model, kinds, context);
    const last = cells.at(-1);
    if (!last) return model;
    const steps = 2 * cells.length;
    const keyOf = ({ readers }: Cell) => readers[0]!.weight.key;
    const weights = new Map<Cell, Float64Array>();
    for (const cell of cells) {
      signal.throwIfAborted();
      progress(weights.size, steps, keyOf(cell));
      weights.set(cell, await rangesOfWeights(cell));
    }
    const inputs = new Map(cells.map((cell) => [cell, new Float64Array(cell.channels)]));
    const from = await visitReaders(model, cells, { data, samples }, context, (found) => {
      for (const { cell, statistics, channels } of found) {
        const largest = largestByChannel(statistics.maxAbs, channels, cell.channels);
        raise(inputs.get(cell)!, largest);
      }
    });
    note(sameWhere('Ranges', from));
    progress(cells.length, steps, keyOf(last));
    const scales = new Scales();
    for (const cell of cells) {
      const factors = factorsOf(inputs.get(cell)!, weights.get(cell)!, Math.round(strength * 16));
      scales.rescale(cell, factors);
      const readers = cell.readers.map(({ weight }) => `"${weight.key}"`).join(', ');
      note(`"${cell.source.label}" → ${readers}: factors of ${rangeOf(factors)}.`);
    }
    signal.throwIfAborted();
    const after = await rescaled(model, cells, scales);
    progress(steps, steps, keyOf(last));
    return after;
  },
});

/** Puts the larger of two values into the first, one by one. */
function raise(values: Float64Array, others: Float64Array): void {
  others.forEach((other, index) => (values[index] = Math.max(values[index]!, other)));
}

/** The largest |w| that each channel meets. */
async function rangesOfWeights({ source, readers, channels }: Cell): Promise<Float64Array> {
  const ranges = new Float64Array(channels);
  // A layer that is divided has to be sound before the model runs.
  if (source.at) await loadFinite(source.at.weight);
  for (const reader of readers) {
    raise(ranges, largestOf(await loadFinite(reader.weight), reader, channels));
  }
  return ranges;
}

/** Beyond these a factor says more of a channel that is hardly used than of outliers. */
const least = 1e-3;
const most = 1e3;

function factorsOf(inputs: Float64Array, weights: Float64Array, sixteenths: number): Float64Array {
  return inputs.map((x, channel) => {
    const w = weights[channel]!;
    if (x === 0 || w === 0) return 1;
    const factor = sixteenthPower(x, sixteenths) / sixteenthPower(w, 16 - sixteenths);
    return Math.min(most, Math.max(least, factor));
  });
}
