/** One text that is typed, picked or handed over, and what both models answer to it. */
import { onMount, untrack } from 'svelte';

import type { OpenTask, ViewProps } from '../view.ts';
import { LiveAnswers } from './live-answers.svelte.ts';

/** The input of tasks that take one text. */
interface Texts {
  readonly text: string;
}

export class TypedText<Answer, Info> {
  text = $state('');
  readonly examples: readonly string[];
  readonly live: LiveAnswers<Texts, Answer>;

  /** Belongs to a component: answers anew when the models change, and stops with it. */
  constructor(props: () => ViewProps<OpenTask<Texts, Answer, Info>>) {
    this.live = new LiveAnswers(props);
    this.examples = untrack(() => props().task.examples.map(({ input }) => input.text));
    this.text = this.examples[0] ?? '';
    onMount(() => () => this.live.stop());
    $effect(() => {
      if (props().generation >= 0) untrack(() => this.live.answer({ text: this.text }));
    });
    $effect(() => {
      const { given } = props();
      if (given) untrack(() => this.pick((given.input as Texts).text));
    });
  }

  /** What is shown of both sides; nothing where the text could not be run. */
  readonly shown = $derived.by(() =>
    this.live.problem === undefined ? this.live.shown : undefined,
  );

  /** Another text at once: it is not being typed. */
  pick(text: string): void {
    this.text = text;
    this.live.answer({ text });
  }

  change(text: string): void {
    this.text = text;
    this.live.change({ text });
  }
}
