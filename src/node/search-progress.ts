/** A search on the progress line. */
import { formatBytes } from '../core/errors.ts';
import type { LossUnit, SearchNews, StorageChoice, Unit } from '../core/compress/search.ts';
import type { ProgressLine } from './progress.ts';

/** Shows news: off a terminal a line for the units, each candidate and the choice. */
export function searchProgress(progress: ProgressLine): (news: SearchNews) => void {
  let labels: ReadonlyMap<string, string> = new Map();
  let loss: LossUnit = 'kl';
  let [cells, measured] = [0, 0];
  let seen = 'Searching';
  return (news) => {
    switch (news.kind) {
      case 'units':
        labels = labelsOf(news.units, news.choices);
        ({ loss } = news);
        [cells, measured] = [news.units.length * news.choices.length, 0];
        seen = `Searching: units ${news.units.length}, ways to store each ${news.choices.length}, judged on ${news.samples}`;
        progress.update(seen);
        break;
      case 'cell': {
        const { unit, choice, loss: cost } = news.cell;
        const what = [unit, choice].map((id) => labels.get(id) ?? id).join(' at ');
        progress.update(seen, `· ${++measured} of ${cells}: ${what}: ${saidLoss(cost, loss)}`);
        break;
      }
      case 'candidate': {
        const best = news.best ? ', the best so far' : '';
        seen = `Tried ${news.label}: ${formatBytes(news.bytes)}, ${saidLoss(news.loss, news.lossUnit ?? loss)}${best}`;
        progress.update(seen);
        break;
      }
      case 'chosen':
        seen = 'Searching';
        progress.update(`Chosen: ${news.because}`);
    }
  };
}

const labelsOf = (
  units: readonly Unit[],
  choices: readonly StorageChoice[],
): ReadonlyMap<string, string> =>
  new Map([...units, ...choices].map(({ id, label }) => [id, label] as const));

function saidLoss(loss: number, unit: LossUnit): string {
  if (unit === 'flips') return `${(100 * loss).toFixed(2)} % of the answers flip`;
  return `${loss.toPrecision(3)} ${unit === 'kl' ? 'nats' : 'relative error'}`;
}
