import { relative } from 'node:path';

import { codedEnding, hasCodedName } from '../../core/coding/coded-mark.ts';
import { formatBytes, ModelError, RuntimeError } from '../../core/errors.ts';
import type { Comparison } from '../../core/evaluate/compare.ts';
import { compare, compress, open, sizeOf, type CompressedModel, type OpenModel } from '../api.ts';
import { positionals, type Arguments } from '../arguments.ts';
import { checkFolder, exportModel, type Exported } from '../export-model.ts';
import { loadRecipe } from '../recipes.ts';
import { printable, table } from '../table.ts';
import { UsageError } from '../usage.ts';
import type { Command, Report, Surroundings } from './command.ts';

/** Writes what other programs load. */
export const exportCommand: Command = {
  summary: 'Write a model as a folder that transformers.js loads, or as a single file.',
  takes: ['MODEL'],
  flags: {
    out: {
      value: 'OUT',
      short: 'o',
      help: 'A new folder; or a file, where it ends in .onnx or .scrunch.',
    },
    coded: {
      help: 'Write one coded file, the fewest bytes; so does an OUT that ends in .scrunch.',
    },
    recipe: {
      value: 'NAME|FILE',
      short: 'r',
      help: 'Compress it first; recipe and report lie in the folder then.',
    },
    original: {
      value: 'MODEL',
      help: 'What it was made from: configuration and tokenizer come from beside it.',
    },
  },
  async run(given, surroundings) {
    const [file] = positionals(given.positionals, ['MODEL']);
    const { path, progress, signal } = surroundings;
    const out = outOf(given);
    // Before the work rather than after it.
    if (!/\.onnx$/i.test(out) && !hasCodedName(out)) await checkFolder(path(out));
    const model = await open(path(file));
    const beside = given.text('original');
    const recipe = given.text('recipe');
    if (recipe === undefined) {
      progress.update(`Writing ${out}`);
      const original = beside === undefined ? {} : { original: await open(path(beside)) };
      const exported = await exportModel(model, path(out), { ...original, signal });
      return report(out, path(out), model, exported);
    }
    if (beside !== undefined) {
      throw new UsageError(
        '--original is for models that are compressed already: leave out --recipe.',
      );
    }
    const small = await compressed(model, recipe, surroundings);
    const [comparison, note] = await compared(model, small, surroundings);
    progress.update(`Writing ${out}`);
    const told = { original: model, signal, ...(comparison ? { comparison } : {}) };
    const exported = await exportModel(small, path(out), told);
    return report(out, path(out), small, {
      ...exported,
      notes: [...exported.notes, ...(note === undefined ? [] : [note])],
    });
  },
};

/** Where it goes; with the ending of coded files where one is wanted. Errors: UsageError. */
function outOf(given: Arguments): string {
  const out = given.text('out');
  if (out === undefined) throw new UsageError('--out OUT is missing.');
  if (!given.has('coded') || hasCodedName(out)) return out;
  if (/\.onnx$/i.test(out)) {
    throw new UsageError(
      `--coded writes a file that ends in ${codedEnding}, and --out ends in .onnx.`,
    );
  }
  return `${out}${codedEnding}`;
}

async function compressed(
  model: OpenModel,
  recipe: string,
  { path, progress, signal, runtime }: Surroundings,
): Promise<CompressedModel> {
  return compress(model, await loadRecipe(recipe, path(recipe)), {
    signal,
    runtime,
    onProgress: ({ step, steps, technique, done, total }) => {
      progress.update(`Step ${step + 1} of ${steps}: ${technique}`, `${done}/${total}`);
    },
  });
}

/** Figures for the report. A model that can't run here is exported all the same, with a note. */
async function compared(
  model: OpenModel,
  small: OpenModel,
  { progress, signal, runtime }: Surroundings,
): Promise<[Comparison | undefined, note?: string]> {
  try {
    const onProgress = (_: string, done: number, total: number): void => {
      progress.update('Running both in turns', `${done}/${total}`);
    };
    return [await compare(model, small, { runtime, signal, code: false, onProgress })];
  } catch (error) {
    if (!(error instanceof ModelError || error instanceof RuntimeError)) throw error;
    return [undefined, `The report has no figures: ${error.message}`];
  }
}

function report(
  out: string,
  folder: string,
  model: OpenModel,
  { files, stem, notes }: Exported,
): Report {
  const names = files.map((file) => relative(folder, file));
  const isFolder = names[0] !== '';
  const lines = [
    printable(`${out} (the model has ${formatBytes(sizeOf(model))})`),
    ...(isFolder ? [table(names.map((name) => [`  ${name}`]))] : []),
    ...notes.map((note) => printable(note)),
  ];
  const { dtype, component } = stem;
  const json = { out, ...(isFolder ? { dtype, component, files: names } : {}), notes };
  return { json, text: lines.join('\n') };
}
