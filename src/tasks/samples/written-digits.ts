/**
 * Our own handwriting, for samples, calibration and evaluation that may ship: skeletons of strokes that
 * are bent, slanted, stretched and turned at random and drawn with pens of different width.
 */
import { digitImage, side } from '../../core/drawing/digit-image.ts';
import type { Point, Stroke } from '../../core/drawing/strokes.ts';
import type { Random } from '../../core/math/random.ts';
import { skeletons } from './digit-skeletons.ts';

export interface WrittenDigits {
  readonly count: number;
  /** Gray values of 0 (paper) to 255 (ink): 28 × 28 of each digit, row by row. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

const pixels = side * side;

/** Thinnest and thickest pen: half the width, in pixels. */
const pens = [0.8, 1.6] as const;
/** Largest turn, in radians, and slants to the left and to the right, as shares of the height. */
const turn = 0.16;
const slants = [-0.12, 0.35] as const;
/** Narrowest and widest digit, as shares of what the skeleton is. */
const widths = [0.75, 1.15] as const;
/** How far waves bend the strokes, as a share of the square, and their waves along a side. */
const bend = 0.035;
const waves = 1.2;

/** `count` digits, 0 to 9 in turn, each written in one of several ways. The same for the same seed. */
export function writeDigits(count: number, random: Random): WrittenDigits {
  const images = new Uint8Array(count * pixels);
  const labels = Uint8Array.from({ length: count }, (_, index) => index % 10);
  labels.forEach((digit, index) => {
    const gray = writtenDigit(digit, random.fork(`digit ${index}`));
    gray.forEach((ink, pixel) => (images[index * pixels + pixel] = Math.round(255 * ink)));
  });
  return { count, images, labels };
}

function writtenDigit(digit: number, random: Random): Float32Array {
  const ways = skeletons[digit]!;
  const skeleton = ways[random.integer(ways.length)]!;
  const move = warp(random);
  const strokes = skeleton.map((stroke) => finely(stroke).map(move));
  return digitImage(strokes, between(pens, random));
}

const between = ([low, high]: readonly [number, number], random: Random): number =>
  low + (high - low) * random.uniform();

/** Where each point of the square goes. */
function warp(random: Random): (point: Point) => Point {
  const [across, down] = [wave(random), wave(random)];
  const [slant, wide, angle] = [
    between(slants, random),
    between(widths, random),
    between([-turn, turn], random),
  ];
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (point) => {
    const y = point.y + down(point) - 0.5;
    const x = (point.x + across(point) - 0.5) * wide - slant * y;
    return { x: cos * x - sin * y, y: sin * x + cos * y };
  };
}

/** The sum of two long waves in random directions. */
function wave(random: Random): (point: Point) => number {
  const parts = [0, 1].map(() => ({
    height: bend * random.normal(),
    x: waves * (2 * random.uniform() - 1),
    y: waves * (2 * random.uniform() - 1),
    phase: random.uniform(),
  }));
  return (point) =>
    parts.reduce((sum, { height, x, y, phase }) => {
      return sum + height * Math.sin(2 * Math.PI * (x * point.x + y * point.y + phase));
    }, 0);
}

/** Longest piece of a stroke, so that straight ones can bend too. */
const piece = 0.05;

function finely(stroke: Stroke): Stroke {
  return stroke.flatMap((from, index) => {
    const to = stroke[index + 1];
    if (!to) return [from];
    const count = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / piece));
    return Array.from({ length: count }, (_, step) => ({
      x: from.x + ((to.x - from.x) * step) / count,
      y: from.y + ((to.y - from.y) * step) / count,
    }));
  });
}
