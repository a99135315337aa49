import { formatBytes, RuntimeError } from '../../core/errors.ts';
import type { Comparison, FormCounts } from '../../core/evaluate/compare.ts';
import type { Ledger } from '../../core/evaluate/ledger.ts';
import { metrics, type MetricId } from '../../core/evaluate/metrics/index.ts';
import type { OutputQuality, Reading } from '../../core/evaluate/quality.ts';
import type { Latency } from '../../core/evaluate/latency.ts';
import { inputSpecsOf, symbolsOf } from '../../core/evaluate/inputs.ts';
import { compare, open, type OpenModel } from '../api.ts';
import { positionals, type Arguments } from '../arguments.ts';
import { table } from '../table.ts';
import { UsageError } from '../usage.ts';
import type { Command } from './command.ts';
import { compareOnTask } from './compare-task.ts';
import { dataFlags } from './eval.ts';

/** Runs two models on the same inputs and holds them against each other. */
export const compareCommand: Command = {
  summary: 'Run two models on the same inputs, random or of their task: sizes, quality, latency.',
  takes: ['A', 'B'],
  flags: {
    ...dataFlags,
    random: { value: 'N', help: 'How many random inputs (8).' },
    seed: { value: 'N', help: 'The seed of the random inputs (0).' },
    dim: {
      value: 'NAME=SIZE',
      multiple: true,
      help: 'The size of a symbolic dim, or of INPUT[AXIS]. May be repeated.',
    },
    range: {
      value: 'INPUT=LOW..HIGH',
      multiple: true,
      help: 'The range of an input’s values. May be repeated.',
    },
    runs: { value: 'N', help: 'How many runs of each to time, in turns (20).' },
    'no-coded': { help: 'Leave out the coded sizes, which take long for large models.' },
  },
  async run(given, surroundings) {
    const [a, b] = positionals(given.positionals, ['A', 'B']);
    if (given.has('data') || given.has('task')) return compareOnTask(a, b, given, surroundings);
    const { path, progress, runtime, signal } = surroundings;
    const options = {
      samples: given.integer('random', 8, 1),
      seed: given.integer('seed', 0, Number.MIN_SAFE_INTEGER),
      runs: given.integer('runs', 20, 1),
      dims: dimsOf(given),
      ranges: rangesOf(given),
      code: !given.has('no-coded'),
    };
    const [original, compressed] = [await open(path(a)), await open(path(b))];
    const comparison = await compare(original, compressed, {
      ...options,
      runtime,
      signal,
      onProgress: (phase, done, total) => progress.update(phases[phase], `${done}/${total}`),
    }).catch(async (error: unknown) => {
      throw await withSizes(error, original, options.dims);
    });
    const { size, quality, latency } = comparison;
    const json = { original: a, compressed: b, sizes: size, quality, latency };
    return { json, text: describe(a, b, comparison) };
  },
};

const phases = {
  opening: 'Opening both',
  running: 'Running both in turns',
  measuring: 'Measuring sizes',
} as const;

/** A run that fails may have been given dims that the model can't take: tells which, and how to choose others. */
async function withSizes(
  error: unknown,
  { model }: OpenModel,
  chosen: Readonly<Record<string, number>>,
): Promise<unknown> {
  if (!(error instanceof RuntimeError)) return error;
  const sizes = Object.entries({ ...symbolsOf(await inputSpecsOf(model)), ...chosen });
  if (sizes.length === 0) return error;
  const used = sizes.map(([symbol, size]) => `${symbol}=${size}`).join(', ');
  return new RuntimeError(
    `${error.message}\nSymbolic dims were ${used}; choose others with --dim NAME=SIZE.`,
    { cause: error },
  );
}

function dimsOf(given: Arguments): Record<string, number> {
  return Object.fromEntries(
    given.all('dim').map((text) => {
      const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
      if (name === undefined) throw new UsageError(`--dim ${text} is not of the form NAME=SIZE.`);
      return [name, Number(size)];
    }),
  );
}

function rangesOf(given: Arguments): Record<string, readonly [number, number]> {
  return Object.fromEntries(
    given.all('range').map((text) => {
      const [, name, low = '', high = low] = /^(.+)=([^=]+?)(?:\.\.([^=]+))?$/.exec(text) ?? [];
      const [from, to] = [Number(low), Number(high)];
      if (name === undefined || low === '' || !(from <= to)) {
        throw new UsageError(`--range ${text} is not of the form INPUT=LOW..HIGH.`);
      }
      return [name, [from, to] as const];
    }),
  );
}

function describe(a: string, b: string, { size, quality, latency }: Comparison): string {
  const { device, original, compressed } = latency;
  return [
    table([
      ['A', a],
      ['B', b],
    ]),
    section('Size', [columns, ...sizeRows(size.original, size.compressed)]),
    `Outputs (${quality.samples} ${quality.samples === 1 ? 'sample' : 'samples'}, ${quality.inputs})`,
    ...quality.outputs.map(describeOutput),
    section(`Latency (${device}, runs in turns)`, [columns, ...latencyRows(original, compressed)]),
    table([
      ['  weights of A', formsOf(original.forms)],
      ['  weights of B', formsOf(compressed.forms)],
    ]),
  ].join('\n\n');
}

const columns = ['', 'A', 'B', 'B/A'];

const section = (title: string, rows: readonly (readonly string[])[]): string =>
  `${title}\n${table(rows, [1, 2, 3])}`;

function formsOf(counts: FormCounts): string {
  const rows = Object.entries(counts).map(([form, count]) => `${form} ${count}`);
  return rows.length === 0 ? 'as stored' : rows.join(', ');
}

const ratio = (a: number, b: number): string => (b / a).toFixed(2);

function sizeRows(a: Ledger, b: Ledger): string[][] {
  const row = (label: string, before = NaN, after = NaN): string[] => [
    `  ${label}`,
    formatBytes(before),
    formatBytes(after),
    ratio(before, after),
  ];
  const count = (n: number): string => n.toLocaleString('en-US');
  const resident = (ledger: Ledger): number | undefined => Object.values(ledger.resident ?? {})[0];
  return [
    row('stored', a.stored, b.stored),
    ...(a.coded === undefined ? [] : [row('coded', a.coded, b.coded)]),
    row('resident (estimate)', resident(a), resident(b)),
    row('as float32', a.float32Equivalent, b.float32Equivalent),
    ['  parameters', count(a.parameters), count(b.parameters), ratio(a.parameters, b.parameters)],
  ];
}

function latencyRows(a: Latency, b: Latency): string[][] {
  const row = (label: string, before: number, after: number): string[] => [
    `  ${label}`,
    `${before.toPrecision(3)} ms`,
    `${after.toPrecision(3)} ms`,
    ratio(before, after),
  ];
  return [row('p50', a.p50, b.p50), row('p95', a.p95, b.p95), ['  runs', `${a.n}`, `${b.n}`, '']];
}

function describeOutput({
  name,
  dtype,
  dims,
  nonFinite,
  metrics: readings,
}: OutputQuality): string {
  const rows = (Object.entries(readings) as [MetricId, Reading][]).map(([id, reading]) => [
    `  ${metrics[id].label}`,
    figure(id, reading.value),
    reading.interval ? `95 %: ${reading.interval.map((end) => figure(id, end)).join(' to ')}` : '',
  ]);
  const bad = nonFinite.original + nonFinite.compressed;
  const warning = `  NaN or infinite values: ${nonFinite.original} in A, ${nonFinite.compressed} in B`;
  const head = table([[`${name}: ${dtype} [${dims.join(', ')}]`]]);
  return [head, table(rows, [1]), ...(bad > 0 ? [warning] : [])].join('\n');
}

function figure(id: MetricId, value: number): string {
  const { unit } = metrics[id];
  if (unit === 'share') return `${(100 * value).toFixed(2)} %`;
  return `${value.toPrecision(5)}${unit === '' ? '' : ` ${unit}`}`;
}
