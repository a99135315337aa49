/** Plays a sound from a moment on, and says where it is. */
import type { AudioInput } from '../../../tasks/audio.ts';

export class Player {
  /** Seconds from the beginning. */
  position = $state(0);
  playing = $state(false);
  #context: AudioContext | undefined;
  #source: AudioBufferSourceNode | undefined;
  #frame = 0;

  /** Goes on from where it stands; from the beginning after the end. */
  play({ samples, rate }: AudioInput): void {
    this.pause();
    const seconds = samples.length / rate;
    const from = this.position >= seconds - 0.05 ? 0 : this.position;
    const context = (this.#context ??= new AudioContext());
    void context.resume();
    const buffer = context.createBuffer(1, samples.length, rate);
    buffer.getChannelData(0).set(samples);
    const source = (this.#source = context.createBufferSource());
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(0, from);
    this.playing = true;
    const begun = context.currentTime - from;
    const follow = (): void => {
      if (source !== this.#source) return;
      this.position = Math.min(seconds, context.currentTime - begun);
      if (this.position >= seconds) this.pause();
      else this.#frame = requestAnimationFrame(follow);
    };
    follow();
  }

  pause(): void {
    cancelAnimationFrame(this.#frame);
    this.#source?.stop();
    this.#source = undefined;
    this.playing = false;
  }

  /** Frees the sound device. */
  close(): void {
    this.pause();
    void this.#context?.close();
    this.#context = undefined;
  }
}
