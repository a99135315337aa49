/** A training on disk: how far it is, and every vector that it goes on from. Written whole or not at all. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { TrainerState } from '../../core/differentiate/trainer.ts';
import { undefinedWhereMissing } from './missing.ts';

export interface Checkpoint {
  /** What tells this training from another: seed, steps, sizes. */
  readonly identity: string;
  /** Steps that are done. */
  readonly step: number;
  /** Seconds that they took. */
  readonly seconds: number;
  readonly state: TrainerState;
}

interface Header extends Omit<Checkpoint, 'state'> {
  readonly vectors: readonly { readonly name: string; readonly length: number }[];
}

const fileIn = (folder: string): string => join(folder, 'checkpoint.bin');

/** Writes a checkpoint in place of the last one. */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { state, ...rest } = checkpoint;
  const vectors = [...state].map(([name, { length }]) => ({ name, length }));
  const header = Buffer.from(JSON.stringify({ ...rest, vectors } satisfies Header));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(header.length);
  const values = [...state.values()].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  await mkdir(folder, { recursive: true });
  const next = `${fileIn(folder)}.next`;
  await writeFile(next, Buffer.concat([size, header, ...values]));
  await rename(next, fileIn(folder));
}

/** The last checkpoint; 'other' where it is of another training, undefined where there is none. */
export async function loadCheckpoint(
  folder: string,
  identity: string,
): Promise<Checkpoint | 'damaged' | 'other' | undefined> {
  const bytes = await readFile(fileIn(folder)).catch(undefinedWhereMissing);
  if (!bytes) return undefined;
  const header = headerOf(bytes);
  if (!header) return 'damaged';
  const { vectors, ...rest } = header;
  if (rest.identity !== identity) return 'other';
  const state = new Map<string, Float32Array>();
  let at = bytes.length - 4 * countOf(vectors);
  for (const { name, length } of vectors) {
    // A copy of its own: the values may lie at any address of the file.
    state.set(name, new Float32Array(Uint8Array.from(bytes.subarray(at, at + 4 * length)).buffer));
    at += 4 * length;
  }
  return { ...rest, state };
}

/** The header of a file that is whole; undefined for one that was cut off or written over. */
function headerOf(bytes: Buffer): Header | undefined {
  if (bytes.length < 4) return undefined;
  const start = 4 + bytes.readUInt32LE(0);
  try {
    const header = JSON.parse(bytes.toString('utf8', 4, start)) as Header;
    return start + 4 * countOf(header.vectors) === bytes.length ? header : undefined;
  } catch {
    return undefined;
  }
}

const countOf = (vectors: Header['vectors']): number =>
  vectors.reduce((sum, { length }) => sum + length, 0);

/** Forgets the training. */
export const removeCheckpoint = (folder: string): Promise<void> =>
  rm(fileIn(folder), { force: true });
