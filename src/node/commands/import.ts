import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { formatBytes, isAbort } from '../../core/errors.ts';
import { bytesWanted, type StoredDownload } from '../../store/downloads/record.ts';
import { measure, timeLeft, type Speed } from '../../store/downloads/speed.ts';
import { HubError } from '../../store/hub/errors.ts';
import { parseHub, publicHub } from '../../store/hub/address.ts';
import type { Wait } from '../../store/hub/request.ts';
import { positionals, type Arguments } from '../arguments.ts';
import {
  fetchInto,
  lookAt,
  planFor,
  type FetchOptions,
  type Found,
  type TokenFor,
} from '../import-model.ts';
import { Interrupted } from '../interrupted.ts';
import type { ProgressLine } from '../progress.ts';
import { printable, table } from '../table.ts';
import { UsageError } from '../usage.ts';
import type { Command, Report } from './command.ts';

/** Brings a model here, with what belongs to it. */
export const importCommand: Command = {
  summary: 'Download a model from the Hub or a URL, with its tokenizer and configuration.',
  takes: ['ID|URL'],
  flags: {
    out: {
      value: 'FOLDER',
      short: 'o',
      help: 'Where it goes; an import that stopped goes on there.',
    },
    list: { help: 'Say what there is, and download nothing.' },
    dtype: {
      value: 'DTYPE',
      help: 'Of the variants of a model, such as q4; fp32 where there is one.',
    },
    revision: { value: 'NAME', help: 'Branch, tag or commit (main).' },
    host: { value: 'URL', help: `A mirror of the Hub (${publicHub}).` },
    token: {
      value: 'TOKEN',
      help: 'For gated and private models. Better in the environment as HF_TOKEN, which others can’t see.',
    },
  },
  async run(given, surroundings) {
    const [address] = positionals(given.positionals, ['ID|URL']);
    const { signal, progress, path } = surroundings;
    const out = given.text('out');
    if (out === undefined && !given.has('list')) throw new UsageError('--out FOLDER is missing.');
    const [host, revision] = [given.text('host'), given.text('revision')];
    const context = { signal, onWait: waiting(progress), tokenFor: tokenFor(given) };
    try {
      progress.update(`Looking at ${address}`);
      const found = await lookAt(address, {
        ...context,
        ...(host === undefined ? {} : { host }),
        ...(revision === undefined ? {} : { revision }),
      });
      if (out === undefined || given.has('list')) return list(address, found);
      const plan = planFor(found, given.text('dtype'));
      const files = await fetchInto(plan, path(out), { ...context, ...showing(plan, progress) });
      return await report(out, path(out), plan, files);
    } catch (error) {
      throw reworded(error);
    }
  },
};

/** One from the environment was meant for the Hub, or its mirror, and for no other server that an address names. */
function tokenFor(given: Arguments): TokenFor {
  const [named, known, host] = [given.text('token'), process.env['HF_TOKEN'], given.text('host')];
  const own = host === undefined ? publicHub : parseHub(host);
  return (asked) => named ?? (asked === own && known !== '' ? known : undefined);
}

const waiting =
  (progress: ProgressLine) =>
  (wait: Wait | undefined): void => {
    if (wait) progress.update(`${wait.why}; waiting ${Math.ceil(wait.milliseconds / 1000)} s`);
  };

/** Says the size before the first byte, then how fast it goes. */
function showing(
  plan: StoredDownload,
  progress: ProgressLine,
): Pick<FetchOptions, 'onProgress' | 'onNote'> {
  const count = `${plan.files.length} ${plan.files.length === 1 ? 'file' : 'files'}`;
  const phase = `Downloading ${plan.model} (${count}, ${sizeText(bytesWanted(plan))})`;
  progress.update(phase);
  let speed: Speed | undefined;
  return {
    onProgress(done, total) {
      speed = measure(speed, done, performance.now());
      const left = timeLeft({ bytes: done, rate: speed.rate }, total);
      const parts = [
        formatBytes(done),
        ...(speed.rate === undefined ? [] : [`${formatBytes(speed.rate)}/s`]),
        ...(left === undefined ? [] : [`${Math.ceil(left / 1000)} s left`]),
      ];
      progress.update(phase, parts.join(', '));
    },
    onNote: (text) => {
      progress.update(text);
    },
  };
}

const sizeText = (bytes: number | undefined): string =>
  bytes === undefined ? 'size not told' : formatBytes(bytes);

function list(address: string, found: Found): Report {
  if (found.kind === 'url') {
    const { url, bytes } = found.file;
    return { json: { url, bytes }, text: printable(`${url}: ${sizeText(bytes)}`) };
  }
  const { repo, revision, commit, gated } = found.repository;
  const variants = found.variants.map(({ path, dtype, bytes, onnx, external, companions }) => ({
    path,
    dtype,
    bytes,
    files: [onnx, ...external, ...companions].length,
  }));
  const rows = variants.map(({ path, dtype, bytes, files }) => [
    `  ${path}`,
    dtype,
    sizeText(bytes),
    `${files} ${files === 1 ? 'file' : 'files'}`,
  ]);
  const head = `${repo} at ${revision} (${commit.slice(0, 12)})${gated ? ', gated' : ''}`;
  const tail = `Download one: scrunch import ${address} --dtype DTYPE -o FOLDER`;
  const text = [printable(head), table(rows, [2]), printable(tail)].join('\n');
  return { json: { repo, revision, commit, gated, variants }, text };
}

async function report(
  out: string,
  folder: string,
  { title, source }: StoredDownload,
  files: readonly string[],
): Promise<Report> {
  const placed = await Promise.all(
    files.map(async (file) => ({ path: relative(folder, file), bytes: (await stat(file)).size })),
  );
  const total = placed.reduce((sum, { bytes }) => sum + bytes, 0);
  const model = join(out, placed[0]?.path ?? '');
  const text = [
    printable(`${title} lies in ${out} (${formatBytes(total)})`),
    table(
      placed.map(({ path, bytes }) => [`  ${path}`, formatBytes(bytes)]),
      [1],
    ),
    printable(`Try it: scrunch run ${model}`),
  ].join('\n');
  return { json: { out, model, source, bytes: total, files: placed }, text };
}

/** What the page says in its own fields, in flags. */
function reworded(error: unknown): unknown {
  if (isAbort(error)) {
    return new Interrupted('what has arrived is kept; the same command goes on', { cause: error });
  }
  if (!(error instanceof HubError)) return error;
  if (error.trouble === 'address') return new UsageError(error.message, { cause: error });
  if (error.trouble !== 'gated' && error.trouble !== 'token') return error;
  const how = 'A token is given as HF_TOKEN in the environment, or with --token.';
  return new HubError(error.trouble, `${error.message} ${how}`, { cause: error });
}
