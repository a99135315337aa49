/** What may be said of texts that are scored, and of texts that are written. */
import type { Choice } from '../core/evaluate/choice.ts';
import type { AnsweredToken, GenerationAnswer } from './text-generation.ts';
import type { Figure, Place, Sum } from './task.ts';

type Tokens = readonly AnsweredToken[];

/** As in evaluate/distribution.ts: a probability of 0 counts as float32's smallest. */
const logOf = ({ probability }: AnsweredToken): number =>
  Math.log(Math.max(probability, 2 ** -126));

const isScored = ({ tokens }: GenerationAnswer): boolean =>
  tokens.length > 0 && tokens.every(({ rank }) => rank !== undefined);
const isWritten = ({ tokens }: GenerationAnswer): boolean =>
  tokens.length > 0 && tokens.every(({ rank }) => rank === undefined);

function sameStart(a: Tokens, b: Tokens): number {
  const differs = b.findIndex(({ id }, index) => a[index]?.id !== id);
  return differs < 0 ? b.length : differs;
}

/** Over the tokens of a text that both were given. */
const overBoth =
  (reading: (token: AnsweredToken, original: AnsweredToken) => number) =>
  (answer: GenerationAnswer, original: GenerationAnswer): Sum | undefined => {
    if (!isScored(answer) || !isScored(original)) return undefined;
    const pairs = original.tokens.flatMap((token, index) => {
      const other = answer.tokens[index];
      return other ? [[other, token] as const] : [];
    });
    return {
      sum: pairs.reduce((sum, [token, other]) => sum + reading(token, other), 0),
      count: pairs.length,
    };
  };

/** Of a text that was scored: at each token the likeliest, and what was there. A text that was written has no right tokens. */
export function tokenChoices(answer: GenerationAnswer): readonly Choice[] {
  if (!isScored(answer)) return [];
  return answer.tokens.map(({ id, probability, candidates }) => ({
    chosen: candidates[0]?.id ?? -1,
    confidence: candidates[0]?.probability ?? NaN,
    target: id,
    ofTarget: probability,
  }));
}

/** Characters of a text that tell where a token stands. */
const shownBefore = 60;

export function tokenPlace({ tokens }: GenerationAnswer, at: number): Place {
  const before = tokens.slice(Math.max(0, at - shownBefore), at).map(({ text }) => text);
  return {
    before: before.join('').slice(-shownBefore),
    chosen: tokens[at]?.candidates[0]?.text ?? '',
    target: tokens[at]?.text ?? '',
  };
}

export const generationFigures: Readonly<Record<string, Figure<GenerationAnswer>>> = {
  perplexity: {
    label: 'perplexity',
    unit: '',
    better: 'lower',
    show: 'exp',
    ofTarget: (answer) =>
      isScored(answer)
        ? {
            sum: answer.tokens.reduce((sum, token) => sum - logOf(token), 0),
            count: answer.tokens.length,
          }
        : undefined,
  },
  loss: {
    label: 'log-probability lost per token',
    unit: 'nats',
    better: 'lower',
    ofOriginal: overBoth((token, original) => logOf(original) - logOf(token)),
  },
  top: {
    label: 'same likeliest token',
    unit: 'share',
    better: 'higher',
    ofOriginal: overBoth((token, original) =>
      token.candidates[0]?.id === original.candidates[0]?.id ? 1 : 0,
    ),
  },
  same: {
    label: 'tokens until the texts part',
    unit: '',
    better: 'higher',
    ofOriginal: (answer, original) =>
      isWritten(original)
        ? { sum: sameStart(answer.tokens, original.tokens), count: 1 }
        : undefined,
  },
  agreement: {
    label: 'share of the original’s text before they part',
    unit: 'share',
    better: 'higher',
    ofOriginal: (answer, original) =>
      isWritten(original)
        ? { sum: sameStart(answer.tokens, original.tokens), count: original.tokens.length }
        : undefined,
  },
};
