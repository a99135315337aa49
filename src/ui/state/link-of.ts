/** What a workspace shows, as a link. */
import type { ModelFiles } from '../../core/runtime.ts';
import { contentHash } from '../../store/content.ts';
import type { Link, LinkedSet, LinkedVariant, LinkedView } from '../link/link.ts';
import type { Locks } from '../link/locks.ts';
import { inputToJson } from '../../tasks/input-json.ts';
import { staysWords } from '../link/link-words.ts';
import { samplesOf, sampleThatIs, type SampleJson } from './link-samples.ts';
import { originalId } from './variant.ts';
import type { Workspace } from './workspace.svelte.ts';

export interface LinkOptions {
  /** An input as the task takes it, in place of the one that the view shows. */
  readonly input?: unknown;
  /** What is to be seen. */
  readonly caption?: string;
  readonly locks?: Locks;
  /** Evaluation set of the lab; the chosen one where the lab is open. */
  readonly set?: LinkedSet;
}

/** Hashes are read once for each file: its bytes never change. */
const hashes = new WeakMap<Blob, Promise<string>>();

/** Hash of a model's content, as the library and links have it. */
export function hashOf(files: ModelFiles): Promise<string> {
  let hash = hashes.get(files.onnx);
  if (!hash) {
    hash = contentHash(files);
    hashes.set(files.onnx, hash);
    hash.catch(() => hashes.delete(files.onnx));
  }
  return hash;
}

export interface LinkMade {
  readonly link: Link;
  /** What of the visitor's own is shown and can't travel, and what the link opens with instead; '' for nothing. */
  readonly stays: string;
}

/** The link to what a workspace shows. Reads the bytes of the model and of what stands on its sides, to hash them. Errors: StoreError. */
export async function linkOf(
  workspace: Workspace,
  { input, caption, locks = {}, set }: LinkOptions = {},
): Promise<LinkMade> {
  const { file, bytes, shown } = workspace;
  const { original: left, compressed: right } = shown;
  const model = {
    name: file.name.slice(0, 200) || 'model',
    sha256: await hashOf(file),
    bytes,
    source: file.source ?? ({ kind: 'files' } as const),
  };
  const { json, stays } = await inputOf(workspace, input ?? workspace.input);
  const view = viewOf(workspace, set ?? (await chosenSet(workspace)), json !== undefined);
  const link: Link = {
    version: 1,
    model,
    ...(left === originalId ? {} : { left: await variantOf(workspace, left) }),
    ...(right === '' ? {} : { right: await variantOf(workspace, right) }),
    ...(Object.keys(view).length === 0 ? {} : { view }),
    ...(json === undefined ? {} : { input: json }),
    ...(caption ? { caption: caption.slice(0, 500) } : {}),
    ...(Object.keys(locks).length === 0 ? {} : { locks }),
  };
  return { link, stays };
}

interface LinkedInput {
  /** Undefined where nothing is shown yet, and where there is nothing to open with. */
  readonly json?: unknown;
  readonly stays: string;
}

/** The input as JSON, or the name of the page's sample that it is; for one that is too large, the page's first sample. */
async function inputOf({ task }: Workspace, input: unknown): Promise<LinkedInput> {
  if (task.id === undefined || input === undefined) return { stays: '' };
  const json = await inputToJson(task.id, input);
  if (json !== undefined) return { json, stays: '' };
  const samples = task.open ? samplesOf(task.id, task.open) : [];
  const same = sampleThatIs(input, samples);
  const taken = same ?? samples[0];
  const stays = same ? '' : staysWords(task.id, taken?.name);
  return taken ? { json: { sample: taken.name } satisfies SampleJson, stays } : { stays };
}

async function variantOf(workspace: Workspace, id: string): Promise<LinkedVariant> {
  const variant = workspace.variants.get(id);
  if (!variant) throw new Error('What stood on this side is gone. Make it again, then share it.');
  const { recipe, name, samples } = variant;
  if (id === originalId) return { recipe };
  return {
    recipe,
    ...(name === '' ? {} : { name: name.slice(0, 200) }),
    sha256: await hashOf(await workspace.filesOf(id)),
    ...(samples === '' ? {} : { own: true }),
  };
}

async function chosenSet(workspace: Workspace): Promise<LinkedSet | undefined> {
  if (workspace.panel !== 'lab') return undefined;
  const { labOf } = await import('./lab-of.svelte.ts');
  return labOf(workspace).linked;
}

/** What differs from what a fresh workspace shows; the task, where the link holds an input of it. */
function viewOf(
  { panel, inspecting, task, editing }: Workspace,
  set: LinkedSet | undefined,
  hasInput: boolean,
): LinkedView {
  const isInspecting = panel === 'inspect';
  const needsTask = hasInput || task.because === '';
  return {
    ...(editing === 'compressed' ? {} : { editing }),
    ...(panel === 'receipt' ? {} : { panel }),
    ...(isInspecting && inspecting.section !== 'model' ? { section: inspecting.section } : {}),
    ...(isInspecting && inspecting.weight !== '' ? { weight: inspecting.weight } : {}),
    ...(set === undefined ? {} : { set }),
    ...(task.id !== undefined && needsTask ? { task: task.id } : {}),
  };
}
