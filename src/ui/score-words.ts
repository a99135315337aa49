/** What an embedded model scored, in a few words: figures as its training measured them. */
import type { ModelCard } from '../zoo/card.ts';

/** The scores that a card shows, the first that it has. */
const shown: readonly (readonly [name: string, words: (value: number) => string])[] = [
  ['accuracy', (value) => `${(100 * value).toFixed(1)} % right on held-out data`],
  ['storyPerplexity', (value) => `perplexity ${value.toFixed(1)} on held-out stories`],
  ['spearman', (value) => `rank correlation ${value.toFixed(2)} with people’s judgement`],
];

export function scoreWords({ scores }: Pick<ModelCard, 'scores'>): string {
  for (const [name, words] of shown) {
    const value = scores[name];
    if (value !== undefined) return words(value);
  }
  return 'not scored';
}
