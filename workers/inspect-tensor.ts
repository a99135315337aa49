/** What the inspecting worker tells of tensors. */
import type { Reduction, Region } from '../src/core/inspect/tensor-heat.ts';
import { lookAt } from '../src/core/inspect/tensor-look.ts';
import {
  openWeight,
  type ComparedModels,
  type OpenWeight,
  type ReadModel,
} from '../src/core/inspect/tensor-open.ts';
import {
  followWeight,
  gridOfWeight,
  heatOfWeight,
  scaleOf,
  spectraOf,
  type HeatSubject,
} from '../src/core/inspect/tensor-pictures.ts';
import { rowError, weightRows } from '../src/core/inspect/tensor-rows.ts';
import { originalKeys } from '../src/core/inspect/tensor-successors.ts';
import { treemapOf } from '../src/core/inspect/treemap-layout.ts';
import { bytesOf } from '../src/core/inspect/treemap.ts';
import { readOnnx } from '../src/core/onnx/read.ts';
import type { ModelFiles } from '../src/core/runtime.ts';

/** A model's files under a number that is the same whenever they are sent. */
export interface ModelHandle {
  readonly id: number;
  readonly files: ModelFiles;
}

/** The model that names the weights, and those on both sides. */
export interface ComparedHandles {
  readonly original: ModelHandle;
  readonly left: ModelHandle;
  readonly right?: ModelHandle;
}

/** Structures of models are kept; weights are not. */
const mostModels = 6;
const models = new Map<number, Promise<ReadModel>>();
/** The last weight that was looked at, with its values. */
let last: { readonly name: string; readonly open: Promise<OpenWeight> } | undefined;

function modelOf({ id, files }: ModelHandle): Promise<ReadModel> {
  const known = models.get(id);
  const read = known ?? readOnnx(files).then((model) => ({ model, files }));
  models.delete(id);
  models.set(id, read);
  read.catch(() => models.delete(id));
  for (const oldest of models.keys()) if (models.size > mostModels) models.delete(oldest);
  return read;
}

async function compared({ original, left, right }: ComparedHandles): Promise<ComparedModels> {
  return {
    original: await modelOf(original),
    left: await modelOf(left),
    ...(right ? { right: await modelOf(right) } : {}),
  };
}

function opened(handles: ComparedHandles, key: string): Promise<OpenWeight> {
  const { original, left, right } = handles;
  const name = JSON.stringify([original.id, left.id, right?.id, key]);
  if (last?.name === name) return last.open;
  const { signal } = new AbortController();
  const open = compared(handles).then((all) => openWeight(all, key, signal));
  last = { name, open };
  open.catch(() => {
    if (last?.name === name) last = undefined;
  });
  return open;
}

const sizeOf = ({ onnx, external }: ModelFiles): number =>
  [onnx, ...external.values()].reduce((sum, { size }) => sum + size, 0);

export const tensorApi = {
  /** The treemap of a model's bytes in a box of so many pixels; weights have their names in the original. */
  async treemap(original: ModelHandle, handle: ModelHandle, width: number, height: number) {
    const { model, files } = await modelOf(handle);
    const keys = originalKeys((await modelOf(original)).model, model);
    return treemapOf(bytesOf(model, sizeOf(files), keys), width, height);
  },

  async weightRows(handles: ComparedHandles) {
    return weightRows(await compared(handles));
  },

  /** Figures of some weights that need their values. One that fails is left out. */
  async rowErrors(handles: ComparedHandles, keys: readonly string[]) {
    const all = await compared(handles);
    const { signal } = new AbortController();
    const rows = [];
    for (const key of keys) {
      const row = await rowError(all, key, signal).catch(() => undefined);
      if (row) rows.push(row);
    }
    return rows;
  },

  async look(handles: ComparedHandles, key: string) {
    return lookAt(await opened(handles, key));
  },

  async heat(
    handles: ComparedHandles,
    key: string,
    subject: HeatSubject,
    region: Region,
    most: { readonly rows: number; readonly columns: number },
    reduction: Reduction,
  ) {
    return heatOfWeight(await opened(handles, key), subject, region, most, reduction);
  },

  async grid(handles: ComparedHandles, key: string, index: number) {
    return gridOfWeight(await opened(handles, key), index);
  },

  async spectra(handles: ComparedHandles, key: string) {
    return spectraOf(await opened(handles, key));
  },

  /** Value `index` of a weight, followed on both sides; and its place among the scales that `grid` knows, −1 for none. */
  async follow(handles: ComparedHandles, key: string, index: number) {
    const open = await opened(handles, key);
    return { ...(await followWeight(open, index)), scale: scaleOf(open, index) };
  },
};
