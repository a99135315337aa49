/** Digits in links: their strokes, or all of their pixels. */
import { side } from '../core/drawing/digit-image.ts';
import type { Stroke } from '../core/drawing/strokes.ts';
import { scalings, type DigitInput, type Scaling } from './digits.ts';
import { base64, bytesAt, fieldsAt, listAt, numberAt, refuse, type Fields } from './json-fields.ts';
import type { Form } from './json-form.ts';

/** A drawn digit: its strokes, in units of the pad's side, which say all of its pixels. */
export interface DrawnInput {
  readonly strokes: readonly Stroke[];
}

/** No link holds more strokes, or points of all of them. */
const most = { strokes: 200, points: 4000 };

/** Strokes to a thousandth of the pad's side; pixels as 256 grays where they are such. */
export const digit: Form = {
  write(input: DigitInput | DrawnInput) {
    if ('strokes' in input) {
      const rounded = (value: number): number => Math.round(value * 1000) / 1000;
      const strokes = input.strokes.map((stroke) =>
        stroke.map(({ x, y }) => ({ x: rounded(x), y: rounded(y) })),
      );
      return pointsIn(strokes) <= most.points ? { strokes } : undefined;
    }
    const gray = input.image.map((value) => value * 255);
    // Most images are of 256 grays; the others keep all of their digits.
    const isGray = gray.every((value) => Math.abs(value - Math.round(value)) < 1e-4);
    const bytes = isGray ? Uint8Array.from(gray, Math.round) : undefined;
    return {
      ...(bytes
        ? { gray: base64(bytes) }
        : { image: base64(new Uint8Array(input.image.slice().buffer)) }),
      ...(input.scaling === undefined ? {} : { scaling: input.scaling }),
    };
  },
  read(json): DigitInput | DrawnInput {
    if (json['strokes'] !== undefined) return { strokes: strokesAt(json['strokes']) };
    const known = typeof json['scaling'] === 'string' && Object.hasOwn(scalings, json['scaling']);
    return { image: grayAt(json), ...(known ? { scaling: json['scaling'] as Scaling } : {}) };
  },
};

function grayAt(json: Fields): Float32Array {
  const count = side * side;
  if (json['gray'] !== undefined) {
    return Float32Array.from(bytesAt(json, 'gray', count), (byte) => byte / 255);
  }
  const image = new Float32Array(bytesAt(json, 'image', 4 * count).buffer);
  if (image.every((value) => value >= 0 && value <= 1)) return image;
  return refuse('image', 'gray values of 0 to 1');
}

function strokesAt(json: unknown): readonly Stroke[] {
  const strokes = listAt({ strokes: json }, 'strokes', most.strokes).map((stroke) =>
    listAt({ strokes: stroke }, 'strokes', most.points).map((point) => {
      const at = fieldsAt(point, 'strokes');
      return { x: numberAt(at, 'x', -1, 2), y: numberAt(at, 'y', -1, 2) };
    }),
  );
  return pointsIn(strokes) <= most.points
    ? strokes
    : refuse('strokes', `at most ${most.points} points`);
}

const pointsIn = (strokes: readonly Stroke[]): number =>
  strokes.reduce((sum, stroke) => sum + stroke.length, 0);
