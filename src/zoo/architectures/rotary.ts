/**
 * Rotary position embedding (Su et al., 2021), in the layout of Hugging Face's Llama: the first half of
 * a head's values turns with the second half.
 */
import type { Sketch } from './sketch.ts';

/** Cosines and sines of the angles: [sequence, headWidth / 2] or [batch, sequence, headWidth / 2]. */
export interface Turns {
  readonly cos: string;
  readonly sin: string;
  /** Whether they differ between the sequences of a batch. */
  readonly perSequence: boolean;
}

/** Angle per place of each pair of values: θ^(−2i / headWidth). */
const frequencies = (headWidth: number, theta: number): number[] =>
  Array.from({ length: headWidth / 2 }, (_, index) => theta ** ((-2 * index) / headWidth));

/** The turns of the places 0 … sequence − 1, as constants. */
export function turnsOf(sketch: Sketch, sequence: number, headWidth: number, theta: number): Turns {
  const turns = frequencies(headWidth, theta);
  const angles = Array.from({ length: sequence }, (_, place) =>
    turns.map((turn) => place * turn),
  ).flat();
  const dims = [sequence, turns.length];
  return {
    cos: sketch.floats(angles.map(Math.cos), dims),
    sin: sketch.floats(angles.map(Math.sin), dims),
    perSequence: false,
  };
}

/** The turns of given places (int64, [batch, sequence]). Computed, so that no table limits the length or passes for a weight. */
export function turnsAt(sketch: Sketch, places: string, headWidth: number, theta: number): Turns {
  const part = sketch.within('rotary');
  const column = part.node('Unsqueeze', [
    part.node('Cast', [places], { to: 1 }),
    part.integers([2]),
  ]);
  const turns = frequencies(headWidth, theta);
  const angles = part.node('Mul', [column, part.floats(turns, [turns.length])]);
  return { cos: part.node('Cos', [angles]), sin: part.node('Sin', [angles]), perSequence: true };
}

/** Turns values of dims [batch, …heads, sequence, headWidth]; `headAxes` says which axes are heads'. */
export function rotated(
  sketch: Sketch,
  values: string,
  turns: Turns,
  headAxes: readonly number[],
): string {
  const part = sketch.within('rotary');
  const reach = (angle: string): string =>
    turns.perSequence ? part.node('Unsqueeze', [angle, part.integers(headAxes)]) : angle;
  const [cos, sin] = [reach(turns.cos), reach(turns.sin)];
  const [first = '', second = ''] = part.nodes('Split', [values], 2, { axis: -1, num_outputs: 2 });
  const product = (a: string, b: string): string => part.node('Mul', [a, b]);
  const turned = [
    part.node('Sub', [product(first, cos), product(second, sin)]),
    part.node('Add', [product(second, cos), product(first, sin)]),
  ];
  return part.node('Concat', turned, { axis: -1 });
}
