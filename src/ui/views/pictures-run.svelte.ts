/** The state of the view that makes images of images: what goes in, what both models make of it, how alike. */
import type {
  ImageToImageAnswer,
  ImageToImageInfo,
  ImageToImageInput,
} from '../../tasks/image-to-image.ts';
import type { Pixels } from '../../tasks/pixels.ts';
import { testCard } from './image/drawings.ts';
import { PlanRun } from './plan-run.svelte.ts';
import type { ComparingTask, OpenTask, ViewProps } from './view.ts';

export type PicturesTask = OpenTask<ImageToImageInput, ImageToImageAnswer, ImageToImageInfo> &
  ComparingTask<ImageToImageAnswer>;

/** How alike two answers are; a figure is absent where the images are of different sizes. */
interface Likeness {
  readonly answers: readonly [original: ImageToImageAnswer, compressed: ImageToImageAnswer];
  /** dB. */
  readonly psnr: number | undefined;
  readonly ssim: number | undefined;
}

export class PicturesRun {
  pixels = $state.raw<Pixels | undefined>();
  name = $state('');
  /** Why what was given is no image. */
  refused = $state<string | undefined>();
  readonly both: PlanRun<ImageToImageInput, ImageToImageAnswer>;
  readonly #props: () => ViewProps<PicturesTask>;
  #opening = 0;
  #likeness = $state.raw<Likeness | undefined>();

  /** Of the answers that are shown, once it is known. */
  readonly likeness = $derived.by(() => {
    const { original, compressed } = this.both.answers;
    const [theirs, ours] = this.#likeness?.answers ?? [];
    const isOfThese = theirs === original?.answer && ours === compressed?.answer;
    return isOfThese ? this.#likeness : undefined;
  });

  constructor(props: () => ViewProps<PicturesTask>) {
    this.#props = props;
    this.both = new PlanRun(props);
    this.pixels = testCard.draw();
    this.name = testCard.name;
  }

  /** Reads an image file and runs it. Never rejects. */
  async open(file: File): Promise<void> {
    const opening = ++this.#opening;
    try {
      const given = { file: { name: file.name, blob: file } };
      const { pixels } = await this.#props().task.inputFrom(given);
      if (opening === this.#opening) this.show(file.name, pixels);
    } catch (error) {
      if (opening !== this.#opening) return;
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  show(name: string, pixels: Pixels | undefined): void {
    if (!pixels) return;
    this.#opening++;
    this.name = name;
    this.pixels = pixels;
    void this.run();
  }

  async run(): Promise<void> {
    if (!this.pixels) return;
    this.refused = undefined;
    await this.both.run({ pixels: this.pixels });
    await this.#compare();
  }

  async #compare(): Promise<void> {
    const { original, compressed } = this.both.answers;
    if (this.both.running || !original || !compressed) return;
    const answers = [original.answer, compressed.answer] as const;
    try {
      const { psnr, ssim } = await this.#props().task.compare(answers[1], answers[0]);
      this.#likeness = { answers, psnr: psnr?.sum, ssim: ssim?.sum };
    } catch {
      // The task was closed meanwhile, and the view with it.
    }
  }

  stop(): void {
    this.both.stop();
  }
}
