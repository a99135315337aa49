/** The files of a result in each of the forms in which a visitor can take them home. */
import {
  encodeInWorker,
  exportFolderInWorker,
  exportSingleInWorker,
} from '../../bridge/compressor.ts';
import { codedEnding, partsOf } from '../../core/coding/coded-mark.ts';
import { stringifyRecipe } from '../../core/compress/recipe.ts';
import { reportOf, type Report, type ReportLatency, type Score } from '../../core/export/report.ts';
import type { ArchiveFile } from '../archive.ts';
import { sourceWords } from '../words/source-words.ts';
import { recipeSlug } from '../words.ts';
import type { Laps } from './latency.svelte.ts';
import type { Result } from './result.ts';
import { originalId } from './variant.ts';
import type { Workspace } from './workspace.svelte.ts';

export type ExportForm = 'folder' | 'model' | 'single' | 'coded';

/** The files of an export, and what there is to say of them. */
export interface ExportFiles {
  readonly files: readonly ArchiveFile[];
  readonly notes: readonly string[];
}

/** What a result is called: `digits-int4`. */
export const exportName = ({ file }: Workspace, { recipe }: Result): string =>
  `${file.name}-${recipeSlug(recipe)}`;

/** The same as a name that every file system takes. */
export const exportFileName = (name: string): string =>
  name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_').replace(/^\.+/, '') || 'model';

/** Lays out a result in a form; `scores` go into the report. Errors: ModelError, WorkerCrash, the signal's reason. */
export async function exportFiles(
  workspace: Workspace,
  result: Result,
  form: ExportForm,
  scores: readonly Score[],
  signal: AbortSignal,
): Promise<ExportFiles> {
  const name = exportName(workspace, result);
  if (form === 'folder') return folder(workspace, result, scores, signal);
  if (form === 'single') {
    const blob = await exportSingleInWorker(result.files, signal);
    return { files: [{ path: `${exportFileName(name)}.onnx`, blob }], notes: [] };
  }
  if (form === 'coded') {
    const stem = exportFileName(name);
    const parts = partsOf(`${stem}.onnx`, result.files, workspace.file.extras);
    const blob = await encodeInWorker(parts, [], signal);
    return { files: [{ path: `${stem}${codedEnding}`, blob }], notes: [] };
  }
  const recipe = new Blob([`${stringifyRecipe(result.recipe)}\n`], { type: 'application/json' });
  return {
    files: [
      { path: `${exportFileName(name)}.onnx`, blob: result.files.onnx },
      ...[...result.files.external].map(([path, blob]) => ({ path, blob })),
      { path: 'recipe.json', blob: recipe },
    ],
    notes: [],
  };
}

async function folder(
  workspace: Workspace,
  result: Result,
  scores: readonly Score[],
  signal: AbortSignal,
): Promise<ExportFiles> {
  const { file } = workspace;
  const name = exportName(workspace, result);
  const { files, notes } = await exportFolderInWorker(
    {
      model: result.files,
      name,
      from: file.source?.kind === 'hub' ? file.source.path : file.name,
      companions: file.extras,
      recipe: result.recipe,
      report: reportFor(workspace, result, scores),
    },
    signal,
  );
  return { files: [...files].map(([path, blob]) => ({ path, blob })), notes };
}

/** What is known by now: sizes and changes always, latency where both sides ran, scores where examples did. */
function reportFor(workspace: Workspace, result: Result, scores: readonly Score[]): Report {
  const { file, originalLedger, compressedLedger, bytes } = workspace;
  const source = sourceWords(file.source);
  const after = compressedLedger.value;
  // Of another variant on the left a report against the original can say nothing.
  const isUsual = workspace.shown.original === originalId;
  const latency = isUsual ? latencyOf(workspace, workspace.latency.laps) : undefined;
  return reportOf({
    name: exportName(workspace, result),
    original: { name: file.name, ...(source ? { source } : {}) },
    recipe: result.recipe,
    trace: result.trace,
    size: {
      original: (isUsual ? originalLedger.value : undefined) ?? { stored: bytes },
      // The ledger of another result, while that of this one is added up, would be no one's.
      compressed: after?.stored === result.bytes ? after : { stored: result.bytes },
    },
    scores,
    ...(latency ? { latency } : {}),
  });
}

function latencyOf(
  { original, compressed }: Workspace,
  laps: Laps | undefined,
): ReportLatency | undefined {
  if (!laps?.compressed) return undefined;
  return {
    device: { original: original.device, compressed: compressed.device },
    original: laps.original,
    compressed: laps.compressed,
    how: laps.measured
      ? 'Measured in the browser after a warm-up, both sides in turns.'
      : 'Gathered in the browser from the runs of both sides in turns, the first two left out.',
  };
}
