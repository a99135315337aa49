/** What was drawn or typed on a card, as the task's view takes it. */
import type { GlimpseKind } from '../../../zoo/glimpse.ts';
import type { Given } from '../../state/session.svelte.ts';

/** `asked` is of the kind's own type. */
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
