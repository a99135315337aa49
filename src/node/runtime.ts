/** Core's runtime on onnxruntime-node: the processor, with the threads that the machine has. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';

import type * as Ort from 'onnxruntime-node';

import { inputsOf } from '../core/onnx/signature.ts';
import type {
  Feeds,
  ModelFiles,
  Runtime,
  Session,
  SessionOptions,
  StatefulSession,
  StatefulSessionOptions,
  Value,
} from '../core/runtime.ts';
import { explainCreate, explainRun } from '../run/explain.ts';
import { checkBorder, checkFeeds } from '../run/feeds.ts';
import { heldTensor, splitOutputs, tensorOf } from '../run/held.ts';
import { valuesOf } from '../run/outputs.ts';
import { placeWeights, type PlacedModel } from '../run/place-weights.ts';

/**
 * Weights beyond this go through a temporary file, which onnxruntime maps into memory: a model of
 * 500 MB then takes 0.5 GB of memory, and 1.6 GB when its bytes are passed.
 */
const largestInMemory = 2 ** 26;
const modelFile = 'model.onnx';

type Options = Ort.InferenceSession.SessionOptions;
type Loaded = Pick<Session, 'release'> & { readonly session: Ort.InferenceSession };

/** The runtime of the command line and the library. Loads onnxruntime-node with the first session. */
export function nodeRuntime(): Runtime {
  return { device: 'cpu', createSession, createStatefulSession };
}

/** State goes round as onnxruntime's own tensors, which are not copied. Errors: as `createSession`. */
async function createStatefulSession(
  files: ModelFiles,
  { hold, ...options }: StatefulSessionOptions,
): Promise<StatefulSession> {
  const placed = await placeWeights(files);
  const inputs = inputsOf(placed.model);
  const { session, release } = await load(placed, optionsFor(options)).catch((error: unknown) => {
    throw explainCreate(error, placed.model, placed.weightBytes);
  });
  const { Tensor } = await import('onnxruntime-node');
  await checkTypes(session, release);
  return {
    async step(feeds, held) {
      checkFeeds(
        inputs.filter(({ name }) => !Object.hasOwn(held, name)),
        feeds,
      );
      try {
        const tensors = Object.entries(feeds).map(([name, { dtype, dims, data }]) => {
          return [name, new Tensor(dtype as Ort.Tensor.Type, data, dims)] as const;
        });
        const kept = Object.entries(held).map(
          ([name, value]) => [name, tensorOf(value) as Ort.Tensor] as const,
        );
        return splitOutputs(await session.run(Object.fromEntries([...tensors, ...kept])), hold);
      } catch (error) {
        throw explainRun(error, placed.model);
      }
    },
    hold: ({ dtype, dims, data }) => heldTensor(new Tensor(dtype as Ort.Tensor.Type, data, dims)),
    release,
  };
}

/** Errors: ModelError for a damaged file, RuntimeError for what onnxruntime can't run. */
async function createSession(files: ModelFiles, options: SessionOptions = {}): Promise<Session> {
  const placed = await placeWeights(files);
  const inputs = inputsOf(placed.model);
  const { session, release } = await load(placed, optionsFor(options)).catch((error: unknown) => {
    throw explainCreate(error, placed.model, placed.weightBytes);
  });
  const { Tensor } = await import('onnxruntime-node');
  await checkTypes(session, release);
  return {
    inputNames: inputs.map(({ name }) => name),
    outputNames: session.outputNames,
    async run(feeds: Feeds): Promise<Record<string, Value>> {
      checkFeeds(inputs, feeds);
      try {
        const tensors = Object.entries(feeds).map(([name, { dtype, dims, data }]) => {
          return [name, new Tensor(dtype as Ort.Tensor.Type, data, dims)] as const;
        });
        return valuesOf(await session.run(Object.fromEntries(tensors)));
      } catch (error) {
        throw explainRun(error, placed.model);
      }
    },
    release,
  };
}

/** Errors: RuntimeError for a type that would end the process at the border to onnxruntime. */
async function checkTypes(
  { inputMetadata, outputMetadata }: Loaded['session'],
  release: Loaded['release'],
): Promise<void> {
  try {
    checkBorder([...inputMetadata, ...outputMetadata]);
  } catch (error) {
    await release();
    throw error;
  }
}

function optionsFor({ foldDequantize, threads }: SessionOptions): Options {
  return {
    // Errors come as exceptions; onnxruntime need not print them too.
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(foldDequantize ? { extra: { session: { disable_quant_qdq: '1' } } } : {}),
  };
}

async function load(placed: PlacedModel, options: Options): Promise<Loaded> {
  const folder = placed.weightBytes > largestInMemory ? await writeFolder(placed) : undefined;
  return folder === undefined ? loadFromMemory(placed, options) : loadFromFolder(folder, options);
}

async function loadFromMemory({ onnx, external }: PlacedModel, options: Options): Promise<Loaded> {
  const { InferenceSession } = await import('onnxruntime-node');
  const externalData = await Promise.all(
    [...external].map(async ([path, blob]) => ({ path, data: await bytesOf(blob) })),
  );
  const session = await InferenceSession.create(await bytesOf(onnx), { ...options, externalData });
  return { session, release: () => session.release() };
}

async function loadFromFolder(folder: string, options: Options): Promise<Loaded> {
  const { InferenceSession } = await import('onnxruntime-node');
  try {
    const session = await InferenceSession.create(join(folder, modelFile), options);
    // Windows does not delete files that are mapped: what is left there goes with the session.
    return { session, release: () => session.release().then(() => removeFolder(folder)) };
  } finally {
    await removeFolder(folder);
  }
}

/** A temporary folder with the model in it; undefined where the disk is full or may not be written. */
async function writeFolder({ onnx, external }: PlacedModel): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'scrunch-')).catch(() => undefined);
  if (folder === undefined) return undefined;
  try {
    for (const [name, blob] of [[modelFile, onnx] as const, ...external]) {
      await blob.stream().pipeTo(Writable.toWeb(createWriteStream(join(folder, name))));
    }
    return folder;
  } catch {
    await removeFolder(folder);
    return undefined;
  }
}

const removeFolder = (folder: string): Promise<void> =>
  rm(folder, { recursive: true, force: true }).catch(() => undefined);

const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());
