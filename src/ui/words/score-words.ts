/** What an embedded model scored, in a few words: figures as its training measured them. */
import type { ModelCard } from '../../zoo/card.ts';

/** The scores that a card shows, the first that it has; `n` is how many samples it rests on. */
const shown: readonly (readonly [name: string, words: (value: number, n: string) => string])[] = [
  ['accuracy', (value, n) => `${(100 * value).toFixed(1)} % of ${n} held-out samples right`],
  ['storyPerplexity', (value) => `perplexity ${value.toFixed(1)} on held-out stories`],
  ['spearman', (value, n) => `rank correlation ${value.toFixed(2)} with people over ${n} pairs`],
];

export function scoreWords({ scores }: Pick<ModelCard, 'scores'>): string {
  const n = scores['n']?.toLocaleString('en-US') ?? 'some';
  for (const [name, words] of shown) {
    const value = scores[name];
    if (value !== undefined) return words(value, n);
  }
  return 'not scored';
}
