/** A recording from the microphone. */
import { mediaProblem, noMedia } from '../media-words.ts';

/** Seconds after which a recording ends by itself. */
export const longestRecording = 60;

export class Recorder {
  status = $state<'off' | 'starting' | 'recording'>('off');
  /** Seconds recorded so far. */
  seconds = $state(0);
  problem = $state<string | undefined>();
  #recorder: MediaRecorder | undefined;
  #turn = 0;

  /** Resolves with what was recorded when it is stopped or long enough; with nothing where it is dropped or fails. */
  async record(): Promise<Blob | undefined> {
    const turn = ++this.#turn;
    this.problem = undefined;
    if (!('mediaDevices' in navigator) || !('MediaRecorder' in globalThis)) {
      this.problem = noMedia('microphone');
      return undefined;
    }
    this.status = 'starting';
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const recorded = turn === this.#turn ? await this.#listen(stream) : undefined;
      stream.getTracks().forEach((track) => track.stop());
      return turn === this.#turn ? recorded : undefined;
    } catch (error) {
      if (turn === this.#turn) this.problem = mediaProblem(error, 'microphone');
      return undefined;
    } finally {
      if (turn === this.#turn) this.status = 'off';
    }
  }

  /** Ends the recording, which is then used. */
  stop(): void {
    if (this.#recorder?.state === 'recording') this.#recorder.stop();
  }

  /** Ends the recording and forgets it. */
  drop(): void {
    this.#turn++;
    this.stop();
    this.status = 'off';
  }

  async #listen(stream: MediaStream): Promise<Blob> {
    const recorder = (this.#recorder = new MediaRecorder(stream));
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise<void>((resolve, reject) => {
      recorder.addEventListener('stop', () => resolve(), { once: true });
      recorder.addEventListener('error', () => reject(new Error('the recording broke off')), {
        once: true,
      });
    });
    recorder.start();
    this.status = 'recording';
    const clock = this.#count();
    await stopped.finally(() => clearInterval(clock));
    return new Blob(parts, { type: recorder.mimeType });
  }

  #count(): ReturnType<typeof setInterval> {
    const start = performance.now();
    this.seconds = 0;
    return setInterval(() => {
      this.seconds = (performance.now() - start) / 1000;
      if (this.seconds >= longestRecording) this.stop();
    }, 200);
  }
}
