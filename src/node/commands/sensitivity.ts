import { RecipeError } from '../../core/errors.ts';
import type { LossUnit } from '../../core/compress/search.ts';
import {
  widthLosses,
  widths,
  type Width,
  type WidthLosses,
} from '../../core/compress/search/width-losses.ts';
import { NodeSearch, open, openCalibration, openSamples } from '../api.ts';
import { positionals } from '../arguments.ts';
import { nodeCrew } from '../crew.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage.ts';
import type { Command } from './command.ts';

const usualWidths = '8,4,3,2';
const usualSamples = 64;

/** Measures what each layer costs the answers at each width, all others as they are. */
export const sensitivityCommand: Command = {
  summary: 'Round each layer alone to some widths and measure what that costs the answers.',
  takes: ['MODEL'],
  flags: {
    widths: { value: 'BITS', help: `Widths in bits, with commas; ${usualWidths} unless given.` },
    data: {
      value: 'FILE',
      multiple: true,
      help: 'Samples to run: .npy, .json, .txt, a folder. Those found beside the model unless given. May be repeated.',
    },
    samples: { value: 'N', help: `How many samples at most; ${usualSamples} unless given.` },
  },
  async run(given, { path, progress, runtime, signal, onInterrupt }) {
    const [file] = positionals(given.positionals, ['MODEL']);
    const wanted = widthsIn(given.text('widths') ?? usualWidths);
    const most = given.integer('samples', usualSamples, 1);
    const model = await open(path(file));
    const data = given.all('data').map(path);
    const samples = await openSamples(model, { data, runtime });
    const calibration = await openCalibration(model, { samples });
    const search = new NodeSearch();
    onInterrupt(() => search.stop());
    const found = await widthLosses(model.model, {
      widths: wanted,
      data: data.length > 0 ? 'own' : 'auto',
      samples: most,
      runtime,
      calibration,
      search,
      signal,
      crew: nodeCrew(),
      onProgress: (done, total, what) =>
        progress.update('Rounding layers one at a time', `${done}/${total} ${what}`),
    });
    if (found.units.length === 0) {
      throw new RecipeError(`${file} has no weights that can be rounded alone.`);
    }
    return { json: found, text: textOf(file, found) };
  },
};

/** Errors: UsageError that names the width at fault. */
function widthsIn(text: string): readonly Width[] {
  const found = text.split(',').map((part) => {
    const width = widths.find((one) => String(one) === part.trim());
    if (width !== undefined) return width;
    throw new UsageError(
      `--widths ${text}: "${part}" is no width. Give some of ${widths.join(', ')}.`,
    );
  });
  return [...new Set(found)];
}

const unitWords: Readonly<Record<LossUnit, string>> = {
  kl: 'mean KL divergence from the original, nats',
  flips: 'share of answers that flip',
  'relative-error': 'relative squared error of the outputs',
};

/** Two digits are as many as samples tell. */
function saidIn(loss: number, unit: LossUnit): string {
  if (unit === 'flips') return `${(100 * loss).toFixed(1)} %`;
  return loss !== 0 && loss < 1e-3 ? loss.toExponential(1) : loss.toPrecision(2);
}

function textOf(
  file: string,
  { unit, samples, units, choices, cells, notes }: WidthLosses,
): string {
  const cellOf = (row: string, column: string): string => {
    const cell = cells.find((one) => one.unit === row && one.choice === column);
    if (!cell) return '–';
    return `${saidIn(cell.loss, unit)}${cell.measured ? '' : ' *'}`;
  };
  const rows = [
    ['layer', 'parameters', ...choices.map(({ id }) => `${id} bit${id === '1' ? '' : 's'}`)],
    ...units.map(({ id, label, parameters }) => [
      label,
      parameters.toLocaleString('en-US'),
      ...choices.map((choice) => cellOf(id, choice.id)),
    ]),
  ];
  const right = rows[0]!.map((_, column) => column).slice(1);
  const isGuessed = cells.some(({ measured }) => !measured);
  return [
    `${file}: what each layer costs the answers when it alone is rounded`,
    `${unitWords[unit]}; ${samples}`,
    table(rows, right),
    ...(isGuessed ? ['* estimated, not run'] : []),
    ...notes,
  ].join('\n');
}
