/** The state of the view that makes images of images: what goes in, what both models make of it, how alike. */
import type {
  ImageToImageAnswer,
  ImageToImageInfo,
  ImageToImageInput,
} from '../../tasks/image-to-image.ts';
import type { Pixels } from '../../tasks/pixels.ts';
import { testCard } from './image/drawings.ts';
import { PlanRun } from './plan-run.svelte.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type PicturesTask = OpenTask<ImageToImageInput, ImageToImageAnswer, ImageToImageInfo>;

export class PicturesRun {
  pixels = $state.raw<Pixels | undefined>();
  name = $state('');
  /** Why what was given is no image. */
  refused = $state<string | undefined>();
  readonly both: PlanRun<ImageToImageInput, ImageToImageAnswer>;
  readonly #props: () => ViewProps<PicturesTask>;
  #opening = 0;

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
  }

  stop(): void {
    this.both.stop();
  }
}
