/**
 * What an export is made of, for the page and Node alike:
 *
 *     const { files, notes } = await exportFolder({ model, name, companions, recipe, report });
 *     // files: Map<path, Blob>: onnx/model_q4.onnx, config.json, tokenizer.json, recipe.json, report.html …
 *     const single = await exportSingle(model);   // weights inside, Blob
 *
 * `companions` are the files beside the original, by path (`sentiment/tokenizer.json` or `tokenizer.json`).
 * The folder is what transformers.js loads by `pipeline(task, folder)` without further settings.
 */
import { emptyRecipe, stringifyRecipe, type Recipe } from '../compress/recipe.ts';
import { formatBytes, ModelError } from '../errors.ts';
import { readOnnx } from '../onnx/read.ts';
import { writeOnnx } from '../onnx/write.ts';
import type { ModelFiles } from '../runtime.ts';
import { companionsOf, originalReadme, type Files } from './companions.ts';
import { configFor, fileOf, parseConfig } from './config.ts';
import { dtypeAfter, stemOf, type FileStem } from './dtype.ts';
import { readmeOf } from './readme.ts';
import { reportHtml } from './report-html.ts';
import type { Report } from './report.ts';

export interface ExportInput {
  readonly model: ModelFiles;
  /** What the model is called from now on. */
  readonly name: string;
  /** Name or path of the original's .onnx: tells a component (`encoder_model.onnx`) and the suffix it came with. */
  readonly from?: string;
  /** The files beside the original, by path. */
  readonly companions?: Files;
  /** What was done to the original; absent where nothing was. */
  readonly recipe?: Recipe;
  readonly report?: Report;
}

export interface Export {
  /** By path within the folder, the model first. */
  readonly files: ReadonlyMap<string, Blob>;
  readonly stem: FileStem;
  /** What there is to say: why transformers.js can't load it, what must be added. Sentences. */
  readonly notes: readonly string[];
}

/** The folder that transformers.js loads, with what was done and what it cost. Errors: ModelError for a damaged model. */
export async function exportFolder(input: ExportInput): Promise<Export> {
  const { name, from = 'model.onnx', recipe, report } = input;
  const before = stemOf(from);
  const stem = { ...before, dtype: dtypeAfter(recipe ?? emptyRecipe, before.dtype) };
  const file = fileOf(stem);
  const model = await named(input.model, `${file}_data`);
  const companions = companionsOf(input.companions ?? new Map());
  const config = parseConfig((await companions.get('config.json')?.text()) ?? '');
  if (config) {
    companions.set('config.json', json(configFor(config, stem, model.external.size)));
  }
  const readme = readmeOf({
    name,
    file,
    dtype: stem.dtype,
    config,
    hasTokenizer: [...companions.keys()].some((path) => path.startsWith('tokenizer')),
    hasRecipe: recipe !== undefined,
    hasReport: report !== undefined,
    hasOriginalReadme: companions.has(originalReadme),
  });
  const files = new Map<string, Blob>([
    [`onnx/${file}`, model.onnx],
    ...[...model.external].map(([path, blob]): [string, Blob] => [`onnx/${path}`, blob]),
    ...companions,
    ...papersOf(recipe, report),
    ['README.md', new Blob([readme], { type: 'text/markdown' })],
  ]);
  return { files, stem, notes: notesOn(stem, config !== undefined, companions) };
}

/** recipe.json, report.json and report.html, of those that there are. */
export function papersOf(recipe: Recipe | undefined, report: Report | undefined): [string, Blob][] {
  const text = recipe && `${stringifyRecipe(recipe)}\n`;
  return [
    ...(text ? [['recipe.json', new Blob([text], { type: jsonType })] as [string, Blob]] : []),
    ...(report
      ? ([
          ['report.json', json(report)],
          ['report.html', new Blob([reportHtml(report)], { type: 'text/html' })],
        ] as [string, Blob][])
      : []),
  ];
}

/** protobuf, and with it every runtime, can't read more from one file. */
export const singleLimit = 2 ** 31 - 2 ** 24;

/** One .onnx with all weights inside. Errors: ModelError for a damaged model, or one of 2 GB or more. */
export async function exportSingle(model: ModelFiles): Promise<Blob> {
  const bytes = [model.onnx, ...model.external.values()].reduce((sum, { size }) => sum + size, 0);
  if (model.external.size === 0) return model.onnx;
  if (bytes > singleLimit) {
    throw new ModelError(
      `A single .onnx file holds up to 2 GB, and this model has ${formatBytes(bytes)}. Export it as a folder.`,
    );
  }
  // No tensor is as large as that: all of them come inside.
  const inside = { external: { location: 'none', threshold: Infinity } };
  return writeOnnx(await readOnnx(model), inside).onnx;
}

/** The model with its external data, if any, in one file of the given name. */
async function named(model: ModelFiles, location: string): Promise<ModelFiles> {
  const [only, ...more] = model.external.keys();
  if (only === undefined || (only === location && more.length === 0)) return model;
  return writeOnnx(await readOnnx(model), { external: { location } });
}

const jsonType = 'application/json';
const json = (value: unknown): Blob =>
  new Blob([`${JSON.stringify(value, sayable, 2)}\n`], { type: jsonType });

/** JSON makes null of infinity, as equal images have it for their PSNR; `"Infinity"` says which. */
const sayable = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;

function notesOn({ component }: FileStem, hasConfig: boolean, companions: Files): string[] {
  const notes: string[] = [];
  if (!hasConfig) {
    notes.push(
      'There is no config.json beside this model, so transformers.js can’t load the folder; onnxruntime runs the .onnx.',
    );
  }
  if (component !== 'model') {
    notes.push(
      `This is the ${component} alone: put the model’s other parts beside it in the folder "onnx".`,
    );
  }
  const paths = [...companions.keys()];
  if (
    hasConfig &&
    !paths.some((path) => /^(tokenizer|preprocessor_config|processor_config)/.test(path))
  ) {
    notes.push(
      'There is neither a tokenizer nor a preprocessor beside this model: transformers.js loads it, and pipelines can’t feed it.',
    );
  }
  return notes;
}
