/**
 * Labelled opinions on films, products and restaurants. SST-2's development sentences are the
 * evaluation set; the sentences of rt-polarity are their source, so whatever shares a run of letters
 * with one of them is kept out of the training, wherever it comes from.
 */
import { unzipSync } from 'fflate';

import type { ReadMaterial } from '../zoo-model.ts';
import { readText } from './corpora.ts';

export interface Opinion {
  readonly text: string;
  readonly positive: boolean;
}

/** Opinions by where they come from. */
export interface Opinions {
  /** Phrases and sentences of SST-2's training set (Socher et al., 2013). */
  readonly phrases: readonly Opinion[];
  /** rt-polarity (Pang and Lee, 2005): whole sentences. */
  readonly sentences: readonly Opinion[];
  /** Pairs of sentences from whole reviews (Pang and Lee, 2004), each with its review's label. */
  readonly passages: readonly Opinion[];
  /** Amazon, IMDb and Yelp (Kotzias et al., 2015). */
  readonly remarks: readonly Opinion[];
}

/** SST-2's 872 development sentences. */
export async function readHeldOutOpinions(read: ReadMaterial): Promise<Opinion[]> {
  return parseTable(await readText(read, 'sentiment/sst2/test.tsv'));
}

/** Everything to train on, without what occurs in `heldOut`. */
export async function readOpinions(
  read: ReadMaterial,
  heldOut: readonly Opinion[],
): Promise<Opinions> {
  const fresh = unlike(heldOut.map(({ text }) => text));
  const keep = (opinions: readonly Opinion[]) => opinions.filter(({ text }) => fresh(text));
  const phrases = await Promise.all(
    ['train', 'dev'].map(async (name) =>
      parseTable(await readText(read, `sentiment/sst2/${name}.tsv`)),
    ),
  );
  const sentences = await Promise.all(
    ['pos', 'neg'].map(async (label) =>
      linesOf(await readText(read, `sentiment/rt-polarity/rt-polarity.${label}`)).map((text) => ({
        text,
        positive: label === 'pos',
      })),
    ),
  );
  const remarks = await Promise.all(
    ['amazon_cells', 'imdb', 'yelp'].map(async (name) =>
      parseTable(await readText(read, `sentiment/uci/${name}_labelled.txt`)),
    ),
  );
  return {
    phrases: keep(phrases.flat()),
    sentences: keep(sentences.flat()),
    passages: keep(passagesOf(await read('sentiment/movie_reviews.zip'))),
    remarks: keep(remarks.flat()),
  };
}

/** Rows of text, tabulator, 0 or 1; other rows, such as the heading, are left out. */
export function parseTable(table: string): Opinion[] {
  return linesOf(table).flatMap((line) => {
    const row = /^(.+?)\s*\t([01])$/.exec(line);
    return row ? [{ text: row[1]!, positive: row[2] === '1' }] : [];
  });
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Two lines at a time: each line of these files is a sentence. */
function passagesOf(archive: Uint8Array): Opinion[] {
  const utf8 = new TextDecoder();
  const files = Object.entries(unzipSync(archive)).sort(([a], [b]) => (a < b ? -1 : 1));
  return files.flatMap(([path, bytes]) => {
    const label = /\/(pos|neg)\/.+\.txt$/.exec(path)?.[1];
    if (!label) return [];
    const lines = linesOf(utf8.decode(bytes));
    const starts = lines.map((_, at) => at).filter((at) => at % 2 === 0);
    return starts.map((at) => ({
      text: lines.slice(at, at + 2).join(' '),
      positive: label === 'pos',
    }));
  });
}

/** A run of this many letters and digits, about six words, is no coincidence. */
const run = 28;
/** Texts are looked at from every so many letters on; runs longer by this are always found. */
const stride = 4;

/**
 * Tells whether a text is unlike all the given ones: it shares no run of letters with them, nor
 * contains a short one of them whole. Spaces, marks and case don't count, so how a text was
 * tokenized makes no difference.
 */
export function unlike(texts: readonly string[]): (text: string) => boolean {
  const keys = texts.map(lettersOf);
  const runs = new Set<string>();
  for (const key of keys) {
    for (let at = 0; at + run <= key.length; at++) runs.add(key.slice(at, at + run));
  }
  const whole = new Set(keys);
  const short = keys.filter((key) => key.length >= 12 && key.length < run + stride);
  return (text) => {
    const key = lettersOf(text);
    if (whole.has(key) || short.some((one) => key.includes(one))) return false;
    for (let at = 0; at + run <= key.length; at += stride) {
      if (runs.has(key.slice(at, at + run))) return false;
    }
    return true;
  };
}

function lettersOf(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replace(/[^a-z0-9]/g, '');
}
