/** The image view's state: the image, how it becomes numbers, and what both models answer. */
import type { ClassAnswer } from '../../tasks/classes.ts';
import type {
  ImageClassInfo,
  ImageInput,
  Preprocessing,
} from '../../tasks/image-classification.ts';
import type { Pixels } from '../../tasks/pixels.ts';
import { drawings } from './image/drawings.ts';
import { previewOf } from './image/preview.ts';
import { Webcam } from './image/webcam.svelte.ts';
import { PlanRun } from './plan-run.svelte.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type ImageTask = OpenTask<ImageInput, ClassAnswer, ImageClassInfo>;

export class ImageRun {
  pixels = $state.raw<Pixels | undefined>();
  name = $state('');
  /** The visitor's own preprocessing. */
  edited = $state.raw<Preprocessing | undefined>();
  /** Why what was given is no image. */
  refused = $state<string | undefined>();
  readonly webcam = new Webcam();
  readonly both: PlanRun<ImageInput, ClassAnswer>;
  readonly #props: () => ViewProps<ImageTask>;
  #opening = 0;

  constructor(props: () => ViewProps<ImageTask>) {
    this.#props = props;
    this.both = new PlanRun(props);
    const [first] = drawings;
    this.pixels = first?.draw();
    this.name = first?.name ?? '';
  }

  readonly preprocessing = $derived.by(() => this.edited ?? this.#props().task.info.preprocessing);

  /** What the models see. */
  readonly preview = $derived.by(() => {
    const { plan } = this.both;
    const feed = plan?.loop === 'once' ? Object.values(plan.request.feeds)[0] : undefined;
    return feed && previewOf(feed, this.preprocessing);
  });

  /** Reads an image file and runs it. Never rejects. */
  async open(file: File): Promise<void> {
    const opening = ++this.#opening;
    this.webcam.stop();
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
    this.webcam.stop();
    this.#opening++;
    this.name = name;
    this.pixels = pixels;
    void this.run();
  }

  /** Shows an image that the page hands over, prepared as it says. */
  take(name: string, { pixels, preprocessing }: ImageInput): void {
    this.edited = preprocessing;
    this.show(name, pixels);
  }

  startWebcam(): void {
    this.#opening++;
    this.refused = undefined;
    void this.webcam.start(async (pixels) => {
      this.name = 'Webcam';
      this.pixels = pixels;
      await this.run();
    });
  }

  edit(preprocessing: Preprocessing | undefined): void {
    this.edited = preprocessing;
    void this.run();
  }

  async run(): Promise<void> {
    const { pixels, edited } = this;
    if (!pixels) return;
    this.refused = undefined;
    await this.both.run({ pixels, ...(edited ? { preprocessing: edited } : {}) });
  }

  stop(): void {
    this.webcam.stop();
    this.both.stop();
  }
}
