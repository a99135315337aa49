import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { encodeParts } from '../../core/coding/coded-file.ts';
import { codedEnding, hasCodedName, partsOf } from '../../core/coding/coded-mark.ts';
import { formatBytes, isAbort } from '../../core/errors.ts';
import { stringifyRecipe, type Step } from '../../core/compress/recipe.ts';
import { ordinaryRecipe } from '../../core/compress/search/ordinary-recipe.ts';
import type { TraceEntry } from '../../core/compress/compress.ts';
import {
  compress,
  needs,
  NodeSearch,
  open,
  openCalibration,
  openSamples,
  openTraining,
  sizeOf,
  type CompressedModel,
  type NodeCalibration,
  type OpenModel,
  type Recipe,
} from '../api.ts';
import { sha256 } from '../../core/onnx/hash.ts';
import type { ModelFiles } from '../../core/runtime.ts';
import { positionals } from '../arguments.ts';
import { Interrupted } from '../interrupted.ts';
import { loadRecipe, withOwnData, withSettings } from '../recipes.ts';
import { placesOf, saveFiles } from '../save.ts';
import { printable, table } from '../table.ts';
import { searchProgress } from '../search-progress.ts';
import type { NodeTraining } from '../training.ts';
import { described, trainingProgress } from '../training-progress.ts';
import { UsageError } from '../usage.ts';
import type { Command, Report, Surroundings } from './command.ts';

/** Applies a recipe to a model and writes the result. */
export const compressCommand: Command = {
  summary: 'Apply a recipe to a model and write the result.',
  takes: ['FILE'],
  flags: {
    recipe: {
      value: 'NAME|FILE',
      short: 'r',
      help: 'A recipe by name (see techniques) or a JSON file.',
    },
    set: {
      value: 'TECHNIQUE.OPTION=VALUE',
      multiple: true,
      help: 'Change an option in every step of a technique. May be repeated.',
    },
    seed: { value: 'N', help: 'The seed of all chance, in place of the recipe’s.' },
    out: {
      value: 'OUT',
      short: 'o',
      help: 'Where the .onnx goes; large weights go beside it. A name that ends in .scrunch makes one coded file.',
    },
    data: {
      value: 'FILE',
      multiple: true,
      help: 'Samples to train on, or to look at: .npy, .json, .txt, a folder. May be repeated.',
    },
    'save-recipe': {
      help: 'Write the recipe as recipe.json beside OUT: what a search has chosen in the search’s place.',
    },
  },
  async run(given, surroundings) {
    const { path, progress, signal, runtime } = surroundings;
    const [file] = positionals(given.positionals, ['FILE']);
    const out = required(given.text('out'), '--out OUT');
    const name = required(given.text('recipe'), '--recipe NAME|FILE');
    const target = await checkTarget(path(out), path(file));
    const loaded = withSettings(await loadRecipe(name, path(name)), given.all('set'));
    const seed = given.integer('seed', loaded.seed, Number.MIN_SAFE_INTEGER);
    const data = given.all('data');
    const recipe = { ...(data.length > 0 ? withOwnData(loaded) : loaded), seed };
    const original = await open(path(file));
    const { training, ...others } = await controlsFor(original, recipe, data, target, surroundings);
    const result = await compress(original, recipe, {
      signal,
      runtime,
      ...(training ? { training } : {}),
      ...others,
      dataName: `${basename(target)}_data`,
      onProgress({ step, steps, technique, done, total, what }) {
        // A training and a search have news of their own.
        if (training?.isTraining || others.search?.isSearching) return;
        progress.update(`Step ${step + 1} of ${steps}: ${technique}`, `${done}/${total} ${what}`);
      },
    }).catch(async (error: unknown) => {
      const goesOn = isAbort(error) && (await training?.isKept());
      throw goesOn ? new Interrupted(goesOnWords, { cause: error }) : error;
    });
    progress.update(`Writing ${out}`);
    const made = { ...result, files: await filesFor(result.files, target, signal) };
    const hash = await sha256(made.files.onnx);
    const files = await write(made, target, given.has('save-recipe'), signal);
    await training?.clear();
    return report(file, out, { sha256: hash, files }, original, made);
  },
};

const goesOnWords = 'nothing was written; the same command goes on with the training';

/** What the steps need. Interrupting once ends a training or search with the best so far; what a training has lies beside OUT until the end. */
async function controlsFor(
  original: OpenModel,
  recipe: Recipe,
  data: readonly string[],
  target: string,
  { path, progress, runtime, onInterrupt }: Surroundings,
): Promise<{ training?: NodeTraining; calibration?: NodeCalibration; search?: NodeSearch }> {
  if (!needs(recipe, 'training', 'calibration', 'search')) return {};
  const samples = await openSamples(original, { data: data.map(path), runtime });
  const training = needs(recipe, 'training')
    ? await openTraining(original, {
        samples,
        keep: `${target}.training`,
        onNews: trainingProgress(progress),
      })
    : undefined;
  const calibration = await openCalibration(original, { samples });
  const search = new NodeSearch(searchProgress(progress));
  onInterrupt(() => {
    const stops = training?.stop() === true || search.stop();
    if (stops) {
      progress.update('Stopping: the best so far is kept. Once more ends without a result.');
    }
    return stops;
  });
  return { calibration, search, ...(training ? { training } : {}) };
}

function required(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  throw new UsageError(`${flag} is missing.`);
}

/** The path to write to. Errors: UsageError where nothing can be written there, or the model itself lies there. */
async function checkTarget(target: string, source: string): Promise<string> {
  const kind = await stat(target).catch(() => undefined);
  if (kind?.isDirectory()) {
    throw new UsageError(
      `--out ${target} is a folder. Give a file name in it, such as model_q4.onnx.`,
    );
  }
  const parent = dirname(target);
  if (!(await stat(parent).catch(() => undefined))?.isDirectory()) {
    throw new UsageError(`The folder ${parent} does not exist. Make it first.`);
  }
  const original = await stat(source).catch(() => undefined);
  if (kind && original && kind.dev === original.dev && kind.ino === original.ino) {
    throw new UsageError(`--out ${target} is the model itself. Give another name.`);
  }
  return target;
}

async function write(
  { files, sources, recipe, trace }: CompressedModel,
  target: string,
  withRecipe: boolean,
  signal: Surroundings['signal'],
): Promise<string[]> {
  const places = await placesOf(files, target, sources);
  const json = new Blob([`${stringifyRecipe(ordinaryRecipe(recipe, trace))}\n`]);
  if (withRecipe) places.set(join(dirname(target), 'recipe.json'), json);
  await saveFiles(places, signal);
  return [...places.keys()];
}

/** The files of a model as they go to `target`: its own, or a coded one. */
async function filesFor(
  files: ModelFiles,
  target: string,
  signal: Surroundings['signal'],
): Promise<ModelFiles> {
  if (!hasCodedName(target)) return files;
  const name = `${basename(target).slice(0, -codedEnding.length)}.onnx`;
  return { onnx: await encodeParts(partsOf(name, files), { signal }), external: new Map() };
}

function report(
  file: string,
  out: string,
  written: { readonly sha256: string; readonly files: readonly string[] },
  before: OpenModel,
  after: CompressedModel,
): Report {
  const { recipe, trace } = after;
  const bytes = { before: sizeOf(before), after: sizeOf(after) };
  const share = ((100 * bytes.after) / bytes.before).toFixed(1);
  const head = `${file} ${formatBytes(bytes.before)} → ${out} ${formatBytes(bytes.after)} (${share} %)`;
  const tail = `sha256 ${written.sha256}\n${printable(`Quality and latency: scrunch compare ${file} ${out}`)}`;
  const text = [printable(head), ...trace.map(describeStep), tail];
  return { json: { out, ...written, bytes, recipe, trace }, text: text.join('\n\n') };
}

function describeStep({ step, changes, notes, training = [], search = [] }: TraceEntry): string {
  const rows = changes.map(({ key, role, before, after, zeros }) => [
    `  ${key}`,
    role,
    `[${before.dims.join(', ')}]`,
    formatBytes(before.bytes),
    '→',
    formatBytes(after.bytes),
    after.dtype,
    after.factors
      ? after.factors.map((dims) => `[${dims.join(', ')}]`).join(' · ')
      : zeros === undefined
        ? ''
        : `${(100 * zeros).toFixed(1)} % zeros`,
  ]);
  const looks = training.flatMap(({ step: at, heldOut }) =>
    heldOut ? [`  step ${at}: held-out ${described(heldOut)}`] : [],
  );
  const chosen = search.flatMap((news) =>
    news.kind === 'chosen' ? news.recipe.steps.map((one) => `  chosen: ${shortened(one)}`) : [],
  );
  const told = notes.map((note) => `  ${printable(note)}`);
  return [stepLine(step), table(rows, [3, 5]), ...looks, ...chosen, ...told]
    .filter((part) => part !== '')
    .join('\n');
}

/** "quantize-block, bits 4, blockSize 32". */
const stepLine = ({ technique, options = {} }: Step): string =>
  [technique, ...Object.entries(options).map(([name, value]) => `${name} ${String(value)}`)].join(
    ', ',
  );

/** A chosen step in one line; each weight is in the table above and in recipe.json. */
function shortened(step: Step): string {
  const { include, exclude, overrides = [] } = step.select ?? {};
  const count = (some: readonly unknown[] | undefined, words: string): string[] =>
    some && some.length > 0 ? [`${some.length} ${words}`] : [];
  return [
    stepLine(step),
    ...count(include, 'chosen by name'),
    ...count(exclude, 'left out'),
    ...count(overrides, 'with options of their own'),
  ].join('; ');
}
