/** What a card asks both models, as the task's view takes it. */
import type { Glimpse, GlimpseKind } from '../../../zoo/glimpse.ts';
import type { Given } from '../../state/session.svelte.ts';

/** What was drawn or typed on a card; `asked` is of the kind's own type. */
export function taskInputOf(kind: GlimpseKind, asked: unknown): Given {
  switch (kind) {
    case 'digit':
      return { input: { strokes: asked }, name: 'your drawing' };
    case 'text':
      return { input: { text: asked }, name: 'your sentence' };
    case 'likeness':
      return { input: { texts: asked }, name: 'your sentences' };
    case 'story':
      return { input: { kind: 'write', prompt: asked, limit: 100 }, name: 'your beginning' };
  }
}

/** What a card asks that nobody touched, so that opening it goes on with the same; undefined where the view begins with it, or with more of the kind. */
export function recordedInputOf({ kind, input }: Glimpse): Given | undefined {
  if (kind === 'text') return { input: { text: input }, name: 'the card’s sentence' };
  if (kind !== 'story') return undefined;
  return { input: { kind: 'write', prompt: input, limit: 60 }, name: 'the card’s beginning' };
}
