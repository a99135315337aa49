/** Models on their way out: a folder that transformers.js loads, or one file. */
import { openAsBlob } from 'node:fs';
import { mkdir, readdir, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

import { encodeParts } from '../core/coding/coded-file.ts';
import { codedEnding, hasCodedName, partsOf } from '../core/coding/coded-mark.ts';
import type { Comparison } from '../core/evaluate/compare.ts';
import { exportFolder, exportSingle, type Export } from '../core/export/layout.ts';
import { measured, reportOf, type Report } from '../core/export/report.ts';
import { companionName } from '../store/hub/variants.ts';
import type { CompressedModel, OpenModel } from './api.ts';
import { placesOf, saveFiles } from './save.ts';
import { UsageError } from './usage.ts';

export interface ExportOptions {
  /** What the model was made from: configuration and tokenizer are taken from beside it, and the report tells of it. */
  readonly original?: OpenModel;
  /** What `compare` found, for the report. */
  readonly comparison?: Comparison;
  readonly signal?: AbortSignal;
}

/** What was written. */
export interface Exported extends Pick<Export, 'stem' | 'notes'> {
  /** Paths of the files; of a folder the model's first. */
  readonly files: readonly string[];
}

/**
 * Writes a model as a folder that transformers.js loads, with the files that lie beside its original,
 * and with recipe and report where `compress` made it; or as a single file where `out` ends with
 * `.onnx`, or with `.scrunch`, which is coded and takes those files along. Errors: UsageError where something lies there already, ModelError for a damaged model or
 * one too large for a single file, those of the file system, the signal's reason.
 */
export async function exportModel(
  model: OpenModel | CompressedModel,
  out: string,
  { original, comparison, signal }: ExportOptions = {},
): Promise<Exported> {
  const place = resolve(out);
  if (/\.onnx$/i.test(place)) return writeSingle(model, place, signal);
  if (hasCodedName(place)) return writeCoded(model, place, original ?? model, signal);
  await checkFolder(place);
  const from = original ?? model;
  const report = original && 'trace' in model && reportOn(model, original, place, comparison);
  const made = await exportFolder({
    model: model.files,
    name: basename(place),
    // The recipe goes on from the original's dtype; without one the name tells the model's own.
    from: 'recipe' in model ? from.name : model.name,
    companions: from.path === undefined ? new Map() : await companionsBeside(from.path),
    ...('recipe' in model ? { recipe: model.recipe } : {}),
    ...(report ? { report } : {}),
  });
  const files = new Map([...made.files].map(([path, blob]) => [join(place, path), blob]));
  await saveAll(files, place, signal);
  return { files: [...files.keys()], stem: made.stem, notes: made.notes };
}

async function writeSingle(
  { files, sources, name }: OpenModel,
  place: string,
  signal: AbortSignal | undefined,
): Promise<Exported> {
  const single = { onnx: await exportSingle(files), external: new Map<string, Blob>() };
  await saveFiles(await placesOf(single, place, sources), signal);
  const stem = { component: name.replace(/\.onnx$/i, ''), dtype: 'fp32' } as const;
  return { files: [place], stem, notes: [] };
}

async function writeCoded(
  { files, sources, name }: OpenModel,
  place: string,
  { path }: OpenModel,
  signal: AbortSignal | undefined,
): Promise<Exported> {
  const extras = path === undefined ? new Map<string, Blob>() : await companionsBeside(path);
  const stem = basename(place).slice(0, -codedEnding.length);
  const parts = partsOf(`${stem}.onnx`, files, extras);
  const onnx = await encodeParts(parts, signal ? { signal } : {});
  await saveFiles(await placesOf({ onnx, external: new Map() }, place, sources), signal);
  const component = name.replace(/\.onnx$/i, '');
  return { files: [place], stem: { component, dtype: 'fp32' }, notes: [] };
}

function reportOn(
  { recipe, trace, files }: CompressedModel,
  original: OpenModel,
  place: string,
  comparison: Comparison | undefined,
): Report {
  const stored = { original: bytesOf(original.files), compressed: bytesOf(files) };
  return reportOf({
    name: basename(place),
    original: { name: original.name },
    recipe,
    trace,
    size: comparison?.size ?? {
      original: { stored: stored.original },
      compressed: { stored: stored.compressed },
    },
    ...(comparison ? measured(comparison) : {}),
  });
}

const bytesOf = ({ onnx, external }: OpenModel['files']): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);

/** Larger files beside a model are no configuration. */
const largestCompanion = 64_000_000;

/**
 * The files that belong to a model by their names, from its folder or, where that is called `onnx`,
 * from the one above: whatever else lies there stays where it is.
 */
export async function companionsBeside(modelPath: string): Promise<Map<string, Blob>> {
  const folder = dirname(modelPath);
  const root = basename(folder) === 'onnx' ? dirname(folder) : folder;
  const names = (await readdir(root).catch((): string[] => [])).filter((name) =>
    companionName.test(name),
  );
  const found = new Map<string, Blob>();
  // How a sentence's vector is made from those of its words lies in a folder of its own.
  for (const name of [...names.sort(), '1_Pooling/config.json']) {
    const info = await stat(join(root, name)).catch(() => undefined);
    if (!info?.isFile() || info.size > largestCompanion) continue;
    found.set(name, await openAsBlob(join(root, name)));
  }
  return found;
}

/** Errors: UsageError where something lies there that is no empty folder. */
export async function checkFolder(place: string): Promise<void> {
  const info = await stat(place).catch(() => undefined);
  if (!info) return;
  if (!info.isDirectory()) {
    throw new UsageError(
      `"${place}" is a file. Name a new folder, or a file that ends in .onnx or .scrunch.`,
    );
  }
  if ((await readdir(place)).length === 0) return;
  throw new UsageError(`The folder "${place}" holds files already. Name a new one.`);
}

/** All or nothing: what was made for it is gone again after a failure. */
async function saveAll(
  files: ReadonlyMap<string, Blob>,
  place: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await mkdir(place, { recursive: true });
  try {
    await saveFiles(files, signal);
  } catch (error) {
    for (const folder of [join(place, 'onnx'), place]) await rmdir(folder).catch(() => undefined);
    throw error;
  }
}
