/** What may be said of the tokens that two models write, or of those that they are given. */
import type { AnsweredToken, GenerationAnswer } from '../../../tasks/text-generation.ts';
import { spoken, usualNames, type Names } from '../names.ts';
import type { SideNews } from '../view.ts';

type Tokens = readonly AnsweredToken[];

/** How many tokens both begin with alike. */
export function sameStart(a: Tokens, b: Tokens): number {
  const most = Math.min(a.length, b.length);
  let same = 0;
  while (same < most && a[same]!.id === b[same]!.id) same++;
  return same;
}

/** The index of the first token that differs; undefined while both go the same way. */
export function divergenceOf(a: Tokens, b: Tokens): number | undefined {
  const same = sameStart(a, b);
  return same < a.length && same < b.length ? same : undefined;
}

/** Tokens of the answer before stay the same objects where they say the same, so that nothing is drawn twice. */
export const keepTokens = (before: Tokens, after: Tokens): Tokens =>
  after.map((token, index) => {
    const old = before[index];
    return old && isSame(old, token) ? old : token;
  });

const isSame = (a: AnsweredToken, b: AnsweredToken): boolean =>
  a.id === b.id &&
  a.text === b.text &&
  a.probability === b.probability &&
  a.candidates.length === b.candidates.length;

/** A token's text where it stands alone: blanks at its ends are seen, and nothing has a name. */
export function tokenWords(text: string): string {
  if (text === '') return 'no text';
  if (/^\n+$/.test(text)) return text.length === 1 ? 'line break' : `${text.length} line breaks`;
  return `“${text.replaceAll('\n', '⏎')}”`;
}

/** What a token is called: its text, or its name among the candidates where it has none, as `</s>`. */
export function tokenName({ id, text, candidates }: AnsweredToken): string {
  const known = text === '' ? candidates.find((candidate) => candidate.id === id) : undefined;
  return tokenWords(known?.text ?? text);
}

/** Where the texts part, in a sentence; `over` when no more will come. */
export function divergenceWords(
  original: Tokens,
  compressed: Tokens,
  over: boolean,
  names: Names = usualNames,
): string {
  const same = sameStart(original, compressed);
  const index = divergenceOf(original, compressed);
  const tokens = (count: number): string => `${count} ${count === 1 ? 'token' : 'tokens'}`;
  if (index === undefined) {
    if (!over) return `The same so far: ${tokens(same)}.`;
    return original.length === compressed.length
      ? `Both wrote the same ${tokens(same)}.`
      : `The same for ${tokens(same)}, then one side wrote no more.`;
  }
  const parts = `${spoken(names.original)} goes on with ${tokenName(original[index]!)}, ${spoken(names.compressed)} with ${tokenName(compressed[index]!)}`;
  return index === 0
    ? `They differ from the first token: ${parts}.`
    : `The same for ${tokens(index)}, then ${parts}.`;
}

/** Tokens per second after the first, which waits for the prompt; undefined before there are two. */
export function speedOf({ chunks, milliseconds, firstMilliseconds }: SideNews): number | undefined {
  const time = milliseconds - firstMilliseconds;
  return chunks.length > 1 && time > 0 ? ((chunks.length - 1) * 1000) / time : undefined;
}

/** Why a text ends, as a sentence; `stopped` where a person did it. */
export function endWords(
  { tokens, last }: GenerationAnswer,
  context: number,
  stopped: boolean,
): string {
  if (last === 'end') return 'It ended its text by itself.';
  if (last === 'context') return `Its context of ${context} tokens is full.`;
  if (last === 'limit') return `It wrote the ${tokens.length} tokens that were asked for.`;
  return stopped ? 'Stopped; the text stays.' : '';
}

export interface ScoreSummary {
  /** Mean of the natural logarithms of the probabilities. */
  readonly meanLogProbability: number;
  /** e to the power of its negative: as if so many tokens had been equally likely. */
  readonly perplexity: number;
  /** Share of tokens that no other was held likelier than. */
  readonly first: number;
  readonly n: number;
}

/** How likely a model held the tokens that it was given; undefined of none. */
export function scoreSummary(tokens: Tokens): ScoreSummary | undefined {
  const n = tokens.length;
  if (n === 0) return undefined;
  const mean = tokens.reduce((sum, { probability }) => sum + Math.log(probability), 0) / n;
  const first = tokens.filter(({ rank }) => rank === 0).length / n;
  return { meanLogProbability: mean, perplexity: Math.exp(-mean), first, n };
}

/** Steps of doubt: a token of at least this probability belongs to the step. */
export const doubtSteps = [0.5, 0.2, 0.05, 0.01, 0] as const;

/** The step of doubt of a probability: 0 is sure, 4 below one in a hundred. */
export const doubtOf = (probability: number): number => {
  const step = doubtSteps.findIndex((least) => probability >= least);
  return step < 0 ? doubtSteps.length - 1 : step;
};

/** The same as words for a legend. */
export const doubtWords: readonly string[] = doubtSteps.map((least, step) => {
  const above = doubtSteps[step - 1];
  if (above === undefined) return `${least * 100} % or more`;
  return least === 0 ? `below ${above * 100} %` : `${least * 100} – ${above * 100} %`;
});

/** `41.3 %`, `0.02 %`, `<0.01 %`. */
export function probabilityText(probability: number): string {
  const percent = probability * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.01) return '<0.01 %';
  return `${percent.toFixed(percent < 1 ? 2 : 1)} %`;
}
