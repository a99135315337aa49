/** The audio view's state: the sound, and the curves of both models. */
import type { AudioAnswer, AudioInfo, AudioInput } from '../../tasks/audio.ts';
import { compareCurves } from '../../tasks/audio/curves.ts';
import { decodeSound } from './audio/decode-sound.ts';
import { Player } from './audio/player.svelte.ts';
import { Recorder } from './audio/recorder.svelte.ts';
import { PlanRun } from './plan-run.svelte.ts';
import type { OpenTask, ViewProps } from './view.ts';

export type AudioTask = OpenTask<AudioInput, AudioAnswer, AudioInfo>;

/** Seconds of a file that are used: a chart of more says nothing. */
const longest = 600;

export class AudioRun {
  sound = $state.raw<AudioInput>({ samples: new Float32Array(1), rate: 1 });
  name = $state('');
  /** Only the beginning of a long file is used. */
  isCut = $state(false);
  /** Why what was given is no sound. */
  refused = $state<string | undefined>();
  readonly recorder = new Recorder();
  readonly player = new Player();
  readonly both: PlanRun<AudioInput, AudioAnswer>;
  readonly seconds = $derived(this.sound.samples.length / this.sound.rate);
  readonly #props: () => ViewProps<AudioTask>;
  #opening = 0;

  constructor(props: () => ViewProps<AudioTask>) {
    this.#props = props;
    this.both = new PlanRun(props);
    const [first] = props().task.examples;
    if (first) {
      this.sound = first.input;
      this.name = first.name;
    }
  }

  readonly difference = $derived.by(() => {
    const { original, compressed } = this.both.answers;
    if (!original || !compressed) return undefined;
    return compareCurves(original.answer.probabilities, compressed.answer.probabilities);
  });

  /** Reads a sound file and runs it. Never rejects. */
  async open(file: Blob, name: string): Promise<void> {
    const opening = ++this.#opening;
    try {
      const sound = await this.#read(file, name);
      if (opening === this.#opening) this.show(name, sound);
    } catch (error) {
      if (opening !== this.#opening) return;
      this.refused = error instanceof Error ? error.message : String(error);
    }
  }

  async record(): Promise<void> {
    this.player.pause();
    const recorded = await this.recorder.record();
    if (recorded) await this.open(recorded, 'Recording');
  }

  show(name: string, { samples, rate }: AudioInput): void {
    this.#opening++;
    this.refused = undefined;
    this.player.pause();
    this.player.position = 0;
    this.isCut = samples.length > longest * rate;
    this.sound = { samples: this.isCut ? samples.slice(0, longest * rate) : samples, rate };
    this.name = name;
    this.both.answers = {};
    void this.run();
  }

  async run(): Promise<void> {
    await this.both.run(this.sound);
  }

  stop(): void {
    this.#opening++;
    this.recorder.drop();
    this.player.close();
    this.both.stop();
  }

  /** .wav as under Node, sample for sample; the rest, and what that can't read, by the browser. */
  async #read(file: Blob, name: string): Promise<AudioInput> {
    const { task } = this.#props();
    const decoded = (): Promise<AudioInput> => decodeSound(file, task.info.rate);
    if (!/\.wave?$/i.test(name)) return decoded();
    try {
      return await task.inputFrom({ file: { name, blob: file } });
    } catch (error) {
      return decoded().catch(() => {
        throw error;
      });
    }
  }
}
