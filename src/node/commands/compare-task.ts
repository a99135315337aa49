/** Holds two models against each other on data of their task. */
import { formatBytes } from '../../core/errors.ts';
import { tasks, type AnyTask, type TaskId } from '../../tasks/index.ts';
import { open, sizeOf } from '../api.ts';
import type { Arguments } from '../arguments.ts';
import { evaluate, type Evaluation } from '../evaluate-task.ts';
import { table } from '../table.ts';
import { openTask, type OpenTask } from '../tasks.ts';
import { UsageError } from '../usage.ts';
import type { Report, Surroundings } from './command.ts';
import { examplesOf, figureRows } from './eval.ts';
import { taskOf } from './run.ts';

/**
 * Runs both on the examples of `--data`, in turns; on the task's own where none are given. The task is
 * that of A, whose tokenizer and configuration serve both. Errors: UsageError, ModelError, RuntimeError.
 */
export async function compareOnTask(
  a: string,
  b: string,
  given: Arguments,
  { path, progress, runtime, signal }: Surroundings,
): Promise<Report> {
  const idle = ['random', 'seed', 'dim', 'range', 'runs', 'no-coded'].find((flag) =>
    given.has(flag),
  );
  if (idle !== undefined) {
    throw new UsageError(`--${idle} is for random inputs: leave it out, or --task and --data.`);
  }
  const [original, compressed] = [await open(path(a)), await open(path(b))];
  const named = taskOf(given);
  const task = await openTask(original, named === undefined ? {} : { task: named });
  const examples = given.has('data') ? await examplesOf(task, given, path) : task.examples;
  if (examples.length === 0) {
    throw new UsageError(`--data FILE is missing: ${tasks[task.id].label} has no examples here.`);
  }
  const evaluation = await evaluate(task, [original, compressed], examples, {
    runtime,
    signal,
    onProgress: (done, total) => progress.update('Running both in turns', `${done}/${total}`),
  });
  const sizes = { original: sizeOf(original), compressed: sizeOf(compressed) };
  const inputs = given.has('data') ? given.all('data').join(', ') : 'the task’s own examples';
  return {
    json: {
      original: a,
      compressed: b,
      task: task.id,
      samples: evaluation.samples,
      inputs,
      sizes,
      quality: {
        original: evaluation.original.figures,
        compressed: evaluation.compressed?.figures,
        between: evaluation.between,
        changes: evaluation.changes,
        choices: evaluation.choices,
        divergence: evaluation.divergence,
      },
      latency: {
        original: evaluation.original.latency,
        compressed: evaluation.compressed?.latency,
      },
    },
    text: describe(a, b, task, inputs, sizes, evaluation),
  };
}

function describe(
  a: string,
  b: string,
  { id }: OpenTask,
  inputs: string,
  sizes: { readonly original: number; readonly compressed: number },
  { samples, original, compressed, between = {}, changes = {}, choices, divergence }: Evaluation,
): string {
  const rows = [
    ['', 'A', 'B', 'B/A'],
    ['  stored', formatBytes(sizes.original), formatBytes(sizes.compressed), ratio(sizes)],
    ...(['p50', 'p95', 'p99'] as const).map((of) => {
      const times = [original, compressed].map((one) => one?.latency[of] ?? NaN);
      const [a = NaN, b = NaN] = times;
      const cells = times.map((time) => `${time.toPrecision(3)} ms`);
      return [`  ${of} per example`, ...cells, (b / a).toFixed(2)];
    }),
  ];
  const part = (title: string, readings: Parameters<typeof figureRows>[1]): string[] =>
    Object.keys(readings).length === 0 ? [] : [`${title}\n${table(figureRows(id, readings), [1])}`];
  return [
    table([
      ['A', a],
      ['B', b],
    ]),
    `${tasks[id].label}, ${samples} ${samples === 1 ? 'example' : 'examples'} (${inputs})`,
    table(rows, [1, 2, 3]),
    ...part('A', original.figures),
    ...part('B', compressed?.figures ?? {}),
    ...part('B against A', between),
    ...pairedPart(id, { changes, ...(choices ? { choices } : {}) }, divergence),
  ].join('\n\n');
}

/** What pairing the examples tells: changes, flips, their test, and the tail of the divergence. */
function pairedPart(
  id: TaskId,
  { changes = {}, choices }: Pick<Evaluation, 'changes' | 'choices'>,
  divergence: Evaluation['divergence'],
): string[] {
  const rows = [
    ...Object.entries(changes).map(([figure, { kind, value, interval }]) => [
      `  ${(tasks[id] as AnyTask).figures[figure]?.label ?? figure}, B ${kind === 'ratio' ? '÷' : '−'} A`,
      value.toPrecision(4),
      interval ? `95 %: ${interval.map((end) => end.toPrecision(4)).join(' to ')}` : '',
    ]),
    ...(choices ? choiceRows(choices) : []),
    ...(divergence
      ? (['p50', 'p95', 'p99', 'max'] as const).map((of) => [
          `  KL ${of}`,
          `${divergence[of].toPrecision(4)} nats`,
          '',
        ])
      : []),
  ];
  return rows.length === 0 ? [] : [`Paired\n${table(rows, [1])}`];
}

function choiceRows({ flips, test, of }: NonNullable<Evaluation['choices']>): string[][] {
  const words = {
    rightToWrong: 'right to wrong',
    wrongToRight: 'wrong to right',
    wrongToWrong: 'wrong, but differently',
    changed: 'another choice',
  } as const;
  const shown = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const counts = (Object.keys(words) as (keyof typeof words)[])
    .filter((flip) => flips[flip].count > 0)
    .map((flip) => {
      const { value, count, interval } = flips[flip];
      return [
        `  ${words[flip]}`,
        `${count} ${of}${count === 1 ? '' : 's'} (${shown(value)})`,
        interval ? `95 %: ${interval.map(shown).join(' to ')}` : '',
      ];
    });
  const p = test && [
    `  McNemar’s test, mid-p`,
    test.p.toPrecision(3),
    `exact ${test.exact.toPrecision(3)}`,
  ];
  return [...counts, ...(p ? [p] : [])];
}

const ratio = ({ original, compressed }: { original: number; compressed: number }): string =>
  (compressed / original).toFixed(2);
