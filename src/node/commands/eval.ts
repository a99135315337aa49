import { fewestClusters } from '../../core/evaluate/bootstrap.ts';
import type { Reading } from '../../core/evaluate/quality.ts';
import type { Readings } from '../../tasks/tally.ts';
import { tasks, type AnyTask, type TaskId } from '../../tasks/index.ts';
import type { Example } from '../../tasks/task.ts';
import { open } from '../api.ts';
import { positionals, type Arguments, type Flags } from '../arguments.ts';
import { dataFiles } from '../data-files.ts';
import { evaluate } from '../evaluate-task.ts';
import { table } from '../table.ts';
import { openTask, type OpenTask } from '../tasks.ts';
import { UsageError } from '../usage.ts';
import type { Command } from './command.ts';
import { taskOf } from './run.ts';

/** What every command takes that measures on data. */
export const dataFlags = {
  task: { value: 'TASK', help: 'What the model is for; found unless given.' },
  data: {
    value: 'FILE',
    multiple: true,
    help: 'Inputs with their right answers: .tsv, .csv, .jsonl, .txt, .npy, images … May be repeated.',
  },
  limit: { value: 'N', help: 'Takes only the first N examples of the data.' },
} as const satisfies Flags;

/** Measures a model on data of its task. */
export const evalCommand: Command = {
  summary: 'Measure a model on data of its task: accuracy, perplexity, …',
  takes: ['MODEL'],
  flags: dataFlags,
  async run(given, { path, progress, runtime, signal }) {
    const [file] = positionals(given.positionals, ['MODEL']);
    const model = await open(path(file));
    const named = taskOf(given);
    const task = await openTask(model, named === undefined ? {} : { task: named });
    const examples = await examplesOf(task, given, path);
    const { original, samples } = await evaluate(task, [model], examples, {
      runtime,
      signal,
      onProgress: (done, total) => progress.update('Running the examples', `${done}/${total}`),
    });
    if (Object.keys(original.figures).length === 0) {
      throw new UsageError(
        `The data holds no right answers that ${tasks[task.id].label} could be measured by. ` +
          'Compare two models on it instead: compare A B --data FILE.',
      );
    }
    const text = [
      `${file}: ${tasks[task.id].label}, ${samples} ${samples === 1 ? 'example' : 'examples'}`,
      table(figureRows(task.id, original.figures), [1]),
      `  p50 ${original.latency.p50.toFixed(2)} ms per example`,
    ].join('\n');
    return { json: { task: task.id, samples, ...original }, text };
  },
};

/** The examples of the files that `--data` names. Errors: UsageError where there are none, ModelError. */
export async function examplesOf(
  task: OpenTask,
  given: Arguments,
  path: (given: string) => string,
): Promise<readonly Example<unknown>[]> {
  const data = given.all('data');
  if (data.length === 0) throw new UsageError('--data FILE is missing.');
  const examples = await task.examplesFrom(await dataFiles(data.map(path)));
  if (examples.length === 0) {
    throw new UsageError(`There are no examples for ${tasks[task.id].label} in the data.`);
  }
  return examples.slice(0, given.integer('limit', examples.length, 1));
}

/** A row for each figure: label, value, interval. */
export const figureRows = (id: TaskId, readings: Readings): string[][] =>
  Object.entries(readings).map(([figure, reading]) => figureRow(id, figure, reading));

function figureRow(id: TaskId, name: string, { value, n, interval }: Reading): string[] {
  const { label, unit, show, over } = (tasks[id] as AnyTask).figures[name]!;
  const shown = (number: number): string =>
    unit === 'share'
      ? `${(100 * number).toFixed(2)} %`
      : `${number.toPrecision(5)}${unit === '' || show === 'exp' ? '' : ` ${unit}`}`;
  const known = interval ? `95 %: ${interval.map(shown).join(' to ')}` : '';
  const isFew = over !== 'max' && n < fewestClusters;
  return [`  ${label}`, shown(value), known || (isFew ? 'too few for an interval' : '')];
}
