import { formatBytes } from '../../core/errors.ts';
import type { InspectedValue, Inspection } from '../../core/onnx/inspect.ts';
import { formWords } from '../../core/onnx/quantized-form.ts';
import { hashFile, inspect, open, sizeOf } from '../api.ts';
import { positionals } from '../arguments.ts';
import { printable, table } from '../table.ts';
import type { Command } from './command.ts';

/** Says what a model is made of, without running it. */
export const inspectCommand: Command = {
  summary: 'Say what a model is made of: inputs, weights and their roles, operators, problems.',
  takes: ['FILE'],
  flags: {},
  async run(given, { path, progress }) {
    const [file] = positionals(given.positionals, ['FILE']);
    const opened = await open(path(file));
    progress.update('Reading');
    const facts = { file, sha256: await hashFile(opened), bytes: sizeOf(opened) };
    const inspection = inspect(opened);
    return { json: { ...facts, ...inspection }, text: describe(facts, inspection) };
  },
};

interface Facts {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
}

function describe({ file, sha256, bytes }: Facts, found: Inspection): string {
  const count = (n: number): string => n.toLocaleString('en-US');
  const opsets = found.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ');
  const facts = [
    ['file', `${file}, ${formatBytes(bytes)}`],
    ['sha256', sha256],
    ['opsets', opsets],
    ['producer', found.producer || 'not told'],
    [
      'parameters',
      `${count(found.parameters)}, of them ${count(found.weightParameters)} in weights`,
    ],
  ];
  const weights = found.weights.map(({ name, role, dims, dtype, form, bytes: size }) => [
    `  ${name}`,
    role,
    `[${(form?.dims ?? dims).join(', ')}]`,
    form ? formWords(form) : dtype,
    formatBytes(size),
  ]);
  const operators = Object.entries(found.ops).map(([name, n]) => `${name} ${n}`);
  const problems = found.problems.map(({ severity, place, message }) =>
    printable(`  ${severity}: ${place}: ${message}`),
  );
  return [
    table(facts),
    section('Inputs', table(found.inputs.map(valueRow))),
    section('Outputs', table(found.outputs.map(valueRow))),
    section(`Weights (${weights.length})`, table(weights, [4])),
    section('Operators', printable(`  ${operators.join(', ')}`)),
    section('Problems', problems.join('\n') || '  none found'),
  ].join('\n\n');
}

const section = (title: string, body: string): string =>
  body === '' ? `${title}\n  none` : `${title}\n${body}`;

const valueRow = ({ name, dtype, dims }: InspectedValue): string[] => [
  `  ${name}`,
  dtype,
  dims ? `[${dims.map((dim) => dim ?? '?').join(', ')}]` : 'any shape',
];
