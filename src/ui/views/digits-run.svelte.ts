/** The digits view's state: the drawing, how it is fed, and what both models answer. */
import { untrack } from 'svelte';

import { side } from '../../core/drawing/digit-image.ts';
import type { Stroke } from '../../core/drawing/strokes.ts';
import { isAbort } from '../../core/errors.ts';
import {
  answerOf,
  digitAnswer,
  feedOf,
  guessScaling,
  imageOf,
  type DigitInfo,
  type DigitInput,
  type Scaling,
} from '../../tasks/digits.ts';
import type { ClassAnswer } from '../../tasks/classes.ts';
import type { Pixels } from '../../tasks/pixels.ts';
import type { DrawnInput } from '../../tasks/json-digit.ts';
import { sampleDigits } from '../../tasks/sample-digits.ts';
import type { GivenInput, OpenTask, PairRun, SideRun, ViewProps } from './view.ts';

export type DigitsTask = OpenTask<DigitInput, ClassAnswer, DigitInfo>;

/** A digit that the page hands over: a drawing, or an image. */
export interface GivenDigit extends GivenInput {
  readonly input: DigitInput | DrawnInput;
}

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
  /** An image that the visitor gave, in place of the drawing. */
  given = $state.raw<{ readonly name: string; readonly image: Float32Array } | undefined>();
  readonly image = $derived(this.given?.image ?? imageOf(this.strokes));
  /** The given image as it lies on the pad: gray ink on nothing. */
  readonly traced = $derived(this.given && tracing(this.given.image));
  readonly #props: () => ViewProps<DigitsTask>;
  #frame: number | undefined;
  #opening = 0;

  constructor(props: () => ViewProps<DigitsTask>) {
    this.#props = props;
  }

  /** Finds the scaling that the original was made for, unless a file tells, then answers the first drawing. */
  async start(): Promise<void> {
    const told = this.#props().task.info.scaling;
    if (told) this.scaling = told;
    else await this.#guess();
    await this.run();
  }

  async #guess(): Promise<void> {
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
  }

  /** Reads an image of a digit and runs it. Never rejects. */
  async open(file: File): Promise<void> {
    const opening = ++this.#opening;
    try {
      const given = { file: { name: file.name, blob: file } };
      const { image } = await this.#props().task.inputFrom(given);
      if (opening !== this.#opening) return;
      this.strokes = [];
      this.given = { name: file.name, image };
      await this.run();
    } catch (error) {
      if (opening === this.#opening) this.problem = words(error);
    }
  }

  /** Shows a digit that the page hands over, and runs it. */
  take({ input, name }: GivenDigit): void {
    if ('strokes' in input) {
      this.draw(input.strokes);
      return;
    }
    this.#opening++;
    this.strokes = [];
    this.given = { name, image: input.image };
    if (input.scaling) [this.scaling, this.known] = [input.scaling, undefined];
    void this.run();
  }

  draw(strokes: readonly Stroke[]): void {
    this.#opening++;
    this.given = undefined;
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
    untrack(() => this.#tell());
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

  /** A drawing is told by its strokes, which are few. */
  #tell(): void {
    const { given, strokes, scaling } = this;
    const { onInput, task } = this.#props();
    const own = task.info.scaling === scaling ? {} : { scaling };
    onInput?.(given ? { image: given.image, ...own } : { strokes });
  }

  #pair(image: Float32Array, scaling: Scaling): Promise<PairRun> {
    const { inputs, runPair } = this.#props();
    const input = inputs[0]!;
    return runPair({ [input.name]: feedOf(image, input, scaling) });
  }
}

function tracing(image: Float32Array): Pixels {
  const data = new Uint8ClampedArray(image.length * 4).fill(128);
  image.forEach((ink, index) => (data[index * 4 + 3] = ink * 255));
  return { width: side, height: side, data };
}

function answer({ outputs }: SideRun): Answer {
  const [output] = Object.values(outputs);
  const probabilities = output ? digitAnswer(output).probabilities : [];
  return { probabilities, digit: answerOf(probabilities) };
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
