/** The webcam's frames, one after the other as fast as they are used up. */
import type { Pixels } from '../../../tasks/pixels.ts';
import { mediaProblem, noMedia } from '../media-words.ts';
import { drawn } from './canvas-pixels.ts';

/** Longer side of a frame: more than classifiers look at. */
const longest = 480;

export class Webcam {
  status = $state<'off' | 'starting' | 'live'>('off');
  problem = $state<string | undefined>();
  #stream: MediaStream | undefined;
  #turn = 0;

  /** Shows the camera's frames to `onFrame`, each once the one before is done with. Never rejects. */
  async start(onFrame: (pixels: Pixels) => Promise<void>): Promise<void> {
    const turn = ++this.#turn;
    this.problem = undefined;
    if (!('mediaDevices' in navigator)) {
      this.problem = noMedia('camera');
      return;
    }
    this.status = 'starting';
    try {
      const size = { width: { ideal: 640 }, height: { ideal: 480 } };
      const stream = await navigator.mediaDevices.getUserMedia({ video: size });
      if (turn !== this.#turn) {
        end(stream);
        return;
      }
      this.#stream = stream;
      stream.getVideoTracks()[0]?.addEventListener('ended', () => this.#lost(turn));
      await this.#show(await playing(stream), turn, onFrame);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.stop();
      this.problem = mediaProblem(error, 'camera');
    }
  }

  /** Turns the camera off; its light goes out. */
  stop(): void {
    this.#turn++;
    if (this.#stream) end(this.#stream);
    this.#stream = undefined;
    this.status = 'off';
  }

  async #show(
    video: HTMLVideoElement,
    turn: number,
    onFrame: (pixels: Pixels) => Promise<void>,
  ): Promise<void> {
    while (turn === this.#turn) {
      // Nothing is drawn, and nothing runs, while the tab is hidden.
      await new Promise(requestAnimationFrame);
      const pixels = frameOf(video);
      if (!pixels || turn !== this.#turn) continue;
      this.status = 'live';
      await onFrame(pixels);
    }
  }

  #lost(turn: number): void {
    if (turn !== this.#turn) return;
    this.stop();
    this.problem = 'The camera was disconnected. Connect it and start it again.';
  }
}

const end = (stream: MediaStream): void => stream.getTracks().forEach((track) => track.stop());

async function playing(stream: MediaStream): Promise<HTMLVideoElement> {
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  await video.play();
  return video;
}

function frameOf(video: HTMLVideoElement): Pixels | undefined {
  const { videoWidth, videoHeight } = video;
  if (videoWidth === 0 || videoHeight === 0) return undefined;
  const scale = Math.min(1, longest / Math.max(videoWidth, videoHeight));
  const [width, height] = [videoWidth, videoHeight].map((size) =>
    Math.max(1, Math.round(size * scale)),
  ) as [number, number];
  return drawn(width, height, (pen) => pen.drawImage(video, 0, 0, width, height));
}
