/** Fingers and mouse on a picture: one moves it, two zoom it, a short touch chooses. */
import { panBy, zoomAt, type Camera } from './camera.ts';

interface Targets {
  readonly camera: () => Camera | undefined;
  readonly move: (camera: Camera) => void;
  /** In CSS pixels from the corner of the picture. */
  readonly tap: (x: number, y: number) => void;
}

/** CSS pixels that a finger may slip in a tap. */
const slack = 6;

export class Pointers {
  readonly #targets: Targets;
  readonly #at = new Map<number, readonly [number, number]>();
  #moved = 0;

  constructor(targets: Targets) {
    this.#targets = targets;
  }

  down = (event: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    if (this.#at.size === 0) this.#moved = 0;
    this.#at.set(event.pointerId, [event.offsetX, event.offsetY]);
  };

  move = (event: PointerEvent): void => {
    const before = this.#at.get(event.pointerId);
    const camera = this.#targets.camera();
    if (!before || !camera) return;
    const [dx, dy] = [event.offsetX - before[0], event.offsetY - before[1]];
    this.#moved += Math.abs(dx) + Math.abs(dy);
    if (this.#moved <= slack) return;
    const other = [...this.#at].find(([id]) => id !== event.pointerId)?.[1];
    this.#at.set(event.pointerId, [event.offsetX, event.offsetY]);
    if (!other) {
      this.#targets.move(panBy(camera, -dx, -dy));
      return;
    }
    const apart = (x: number, y: number): number =>
      Math.max(8, Math.hypot(x - other[0], y - other[1]));
    const factor = apart(event.offsetX, event.offsetY) / apart(...before);
    const [x, y] = [(event.offsetX + other[0]) / 2, (event.offsetY + other[1]) / 2];
    this.#targets.move(panBy(zoomAt(camera, factor, x, y), -dx / 2, -dy / 2));
  };

  up = (event: PointerEvent): void => {
    const known = this.#at.delete(event.pointerId);
    if (known && event.type === 'pointerup' && this.#moved <= slack && this.#at.size === 0) {
      this.#targets.tap(event.offsetX, event.offsetY);
    }
  };
}
