/** The digits view's state: the drawing, how it is fed, and what both models answer. */
import { untrack } from 'svelte';

import type { Stroke } from '../../core/drawing/strokes.ts';
import { isAbort } from '../../core/errors.ts';
import {
  answerOf,
  digitAnswer,
  feedOf,
  guessScaling,
  imageOf,
  type Scaling,
} from '../../tasks/digits.ts';
import { sampleDigits } from '../../tasks/sample-digits.ts';
import type { PairRun, SideRun, ViewProps } from './view.ts';

interface Answer {
  readonly probabilities: readonly number[];
  readonly digit: number;
}

export class DigitsRun {
  strokes = $state.raw<readonly Stroke[]>(sampleDigits[7]!);
  scaling = $state<Scaling>('unit');
  /** Of ten sample digits, how many the original knows under the guessed scaling; none once it was chosen. */
  known = $state<number | undefined>();
  original = $state.raw<Answer | undefined>();
  compressed = $state.raw<Answer | undefined>();
  problem = $state<string | undefined>();
  readonly image = $derived(imageOf(this.strokes));
  readonly #props: () => ViewProps;
  #frame: number | undefined;

  constructor(props: () => ViewProps) {
    this.#props = props;
  }

  /** Finds the scaling that the original was made for, then answers the first drawing. */
  async start(): Promise<void> {
    try {
      const images = sampleDigits.map(imageOf);
      const guess = await guessScaling(images, async (image, scaling) => {
        const { original } = await this.#pair(image, scaling);
        return answer(original).probabilities;
      });
      this.scaling = guess.scaling;
      this.known = guess.known;
    } catch (error) {
      if (!isAbort(error)) this.problem = words(error);
    }
    await this.run();
  }

  draw(strokes: readonly Stroke[]): void {
    this.strokes = strokes;
    // At most one run per frame, however fast the pen moves.
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      void this.run();
    });
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  async run(): Promise<void> {
    try {
      const { original, compressed } = await this.#pair(
        untrack(() => this.image),
        this.scaling,
      );
      this.original = answer(original);
      this.compressed = compressed && answer(compressed);
      this.problem = undefined;
    } catch (error) {
      if (!isAbort(error)) this.problem = words(error);
    }
  }

  #pair(image: Float32Array, scaling: Scaling): Promise<PairRun> {
    const { inputs, runPair } = this.#props();
    const input = inputs[0]!;
    return runPair({ [input.name]: feedOf(image, input, scaling) });
  }
}

function answer({ outputs }: SideRun): Answer {
  const [output] = Object.values(outputs);
  const probabilities = output ? digitAnswer(output).probabilities : [];
  return { probabilities, digit: answerOf(probabilities) };
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
