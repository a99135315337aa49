/** The embeddings view's state: the sentences, and what both models think of their likeness. */
import type { EmbeddingsAnswer, EmbeddingsInfo, EmbeddingsInput } from '../../tasks/embeddings.ts';
import { spoken, type Names } from './names.ts';
import { LiveAnswers } from './text/live-answers.svelte.ts';
import { differenceOf, largestOf, neighborChanges } from './text/neighbors.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type EmbeddingsProps = ViewProps<
  OpenTask<EmbeddingsInput, EmbeddingsAnswer, EmbeddingsInfo>
>;

export interface Sentence {
  /** Stays while the sentence is edited and others come and go. */
  readonly key: number;
  readonly text: string;
}

/** The sentences that were embedded, with their numbers in the list. */
interface Numbered extends EmbeddingsInput {
  readonly numbers: readonly number[];
}

/** Larger tables can't be read any more. */
export const mostSentences = 12;

export class EmbeddingsRun {
  sentences = $state.raw<readonly Sentence[]>([]);
  empty = $state(false);
  readonly live: LiveAnswers<Numbered, EmbeddingsAnswer>;
  readonly #props: () => EmbeddingsProps;
  #keys = 0;

  readonly shown = $derived.by(() => {
    const { problem, shown } = this.live;
    return problem === undefined && !this.empty ? shown : undefined;
  });
  readonly original = $derived(this.shown?.original?.similarities);
  readonly compressed = $derived(this.shown?.compressed?.similarities);
  readonly difference = $derived(
    this.original && this.compressed && differenceOf(this.original, this.compressed),
  );
  readonly changes = $derived(
    this.original && this.compressed ? neighborChanges(this.original, this.compressed) : [],
  );

  constructor(props: () => EmbeddingsProps) {
    this.#props = props;
    this.live = new LiveAnswers<Numbered, EmbeddingsAnswer>(props);
    const [example] = props().task.examples;
    this.sentences = (example?.input.texts ?? []).slice(0, mostSentences).map(this.#sentence);
  }

  get names(): Names {
    return this.#props().names;
  }

  /** Shows sentences that the page hands over, and runs them. */
  take({ texts }: EmbeddingsInput): void {
    this.sentences = texts.slice(0, mostSentences).map(this.#sentence);
    this.start();
  }

  /** Runs the sentences as they are: at first, and whenever a side was opened anew. */
  start(): void {
    this.#run((input) => this.live.answer(input));
  }

  edit(key: number, text: string): void {
    this.sentences = this.sentences.map((it) => (it.key === key ? { key, text } : it));
    this.#run((input) => this.live.change(input));
  }

  /** Puts an empty sentence at the end. */
  add(): void {
    this.sentences = [...this.sentences, this.#sentence('')];
  }

  remove(key: number): void {
    this.sentences = this.sentences.filter((it) => it.key !== key);
    this.#run((input) => this.live.change(input));
  }

  readonly #sentence = (text: string): Sentence => ({ key: this.#keys++, text });

  /** Nothing is run of no sentences. */
  #run(work: (input: Numbered) => void): void {
    const input = this.#input();
    this.empty = input.texts.length === 0;
    if (this.empty) this.live.stop();
    else work(input);
  }

  /** Empty lines wait for their words. */
  #input(): Numbered {
    const written = this.sentences.flatMap(({ text }, index) =>
      text.trim() === '' ? [] : [{ text, number: index + 1 }],
    );
    return {
      texts: written.map(({ text }) => text),
      numbers: written.map(({ number }) => number),
    };
  }
}

/** How far the two sides lie apart, in a sentence or two. */
export function embeddingsVerdict({ original, difference, changes, names }: EmbeddingsRun): string {
  if (!original) return '';
  if (original.length < 2) return 'Add a second sentence to compare it with.';
  if (!difference) {
    return `Only ${spoken(names.original)} has run; the right side is not ready.`;
  }
  const moved =
    changes.length === 0
      ? 'Every sentence has the same nearest neighbor on both sides.'
      : `${changes.length} of ${original.length} sentences have another nearest neighbor.`;
  return `${moved} Similarities differ by ${largestOf(difference).toFixed(3)} at most.`;
}
