/** `npm run train -- digits`: trains an embedded model and writes it, its files and its scores to public/models. */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { isAbort } from '../../core/errors.ts';
import { zoo, type ZooId } from '../../zoo/index.ts';
import type { ReadMaterial } from '../../zoo/zoo-model.ts';
import { explain } from '../explain.ts';
import { nodeRuntime } from '../runtime.ts';
import { processIo } from '../terminal.ts';
import { didYouMean, UsageError } from '../usage.ts';
import { shipModel } from './ship.ts';
import { trainModel } from './train-model.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

const help = `Usage: npm run train -- MODEL [options]

Trains one of the embedded models: ${Object.keys(zoo).join(', ')}.
It goes on from its last checkpoint, and writes public/models/MODEL when it is done.

  --data FOLDER    the training material (default ../shared/data)
  --steps N        train for another number of steps than planned
  --seed N         where all chance starts (default 1)
  --threads N      threads of the processor (default: as many as it has)
  --fresh          start anew, without the last checkpoint
  --ship           write the model as the last checkpoint left it, and stop
`;

/** Trains the model that `words` name. Never rejects. Gives the exit code: 0 done, 1 the input is at fault, 2 the command line is, 130 interrupted. */
export async function main(words: readonly string[]): Promise<number> {
  const { stdout, stderr, signal } = processIo();
  try {
    await train(words, (line) => stdout.write(`${line}\n`), signal);
    return 0;
  } catch (error) {
    if (isAbort(error)) {
      stderr.write('train: interrupted; the same command goes on from the last checkpoint\n');
      return 130;
    }
    const { message, code } = explain(error);
    stderr.write(`train: ${message}\n`);
    return code;
  }
}

async function train(
  words: readonly string[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { values, id } = read(words);
  if (values.help || id === undefined) {
    say(help);
    return;
  }
  const steps = wholeNumber('--steps', values.steps, 1);
  const threads = wholeNumber('--threads', values.threads, 1);
  const made = await trainModel(zoo[id], {
    runtime: nodeRuntime(),
    read: materialIn(resolve(root, values.data)),
    folder: join(root, '.cache/train', id),
    seed: wholeNumber('--seed', values.seed, 0) ?? 1,
    fresh: values.fresh,
    onlyShip: values.ship,
    ...(steps === undefined ? {} : { steps }),
    ...(threads === undefined ? {} : { threads }),
    say,
    signal,
  });
  await shipModel(join(root, 'public/models', id), id, zoo[id], made, say);
}

function read(words: readonly string[]) {
  const { values, positionals } = parsed(words);
  const [id, extra] = positionals;
  if (extra !== undefined) throw new UsageError(`Give one model; "${extra}" is too much.`);
  if (id !== undefined && !isZooId(id)) {
    const known = Object.keys(zoo);
    throw new UsageError(
      `There is no embedded model "${id}"; there are ${known.join(', ')}.${didYouMean(id, known)}`,
    );
  }
  return { values, id };
}

const isZooId = (id: string): id is ZooId => Object.hasOwn(zoo, id);

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        data: { type: 'string', default: '../shared/data' },
        steps: { type: 'string' },
        seed: { type: 'string' },
        threads: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        ship: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  }
}

function wholeNumber(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(`${flag} is "${text}"; give a whole number from ${least} on.`);
}

/** Reads files below a folder, and nothing else. */
function materialIn(folder: string): ReadMaterial {
  return async (path) => {
    if (isAbsolute(path) || path.split('/').includes('..')) {
      throw new UsageError(`"${path}" is outside the training material.`);
    }
    try {
      return new Uint8Array(await readFile(join(folder, path)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
      throw new UsageError(
        `The training material in "${folder}" has no "${path}". Say where it lies with --data FOLDER.`,
      );
    }
  };
}
