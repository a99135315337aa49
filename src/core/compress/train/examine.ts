/** A look at samples that the student is not trained on. */
import type { HeldOut, SamplePrediction, Samples } from '../training.ts';
import { answerAt, Judge } from './judge.ts';
import type { Lesson } from './lesson.ts';

export interface Look {
  readonly heldOut: HeldOut;
  readonly predictions?: readonly SamplePrediction[];
}

/** Held-out samples that are shown one by one. */
const shown = 5;

/** Compares student and teacher on all held-out samples. Errors: RuntimeError, the signal's reason. */
export async function examine(
  lesson: Lesson,
  samples: Samples,
  signal: AbortSignal,
): Promise<Look> {
  const { split, size, comparison, options } = lesson;
  const judge = new Judge({ ...options, kind: comparison.kind });
  const predictions: SamplePrediction[] = [];
  for (let start = 0; start < split.heldOut.length; start += size) {
    signal.throwIfAborted();
    const indices = split.heldOut.slice(start, start + size);
    // The last batch is filled up, as the graph takes no smaller one.
    const filled = Array.from({ length: size }, (_, at) => indices[at] ?? indices[0]!);
    const { student, teacher, targets } = await lesson.answers(filled);
    for (const pair of comparison.outputs) {
      const [given, wise] = [student[pair.student]!, teacher[pair.teacher]!];
      judge.add(given, wise, indices.length / size, targets);
      if (comparison.kind !== 'scores') continue;
      const rows = wise.dims.slice(0, -1).reduce((product, dim) => product * dim, 1) / size;
      indices.slice(0, shown - predictions.length).forEach((index, at) => {
        // Of a text, the word that comes next.
        const row = (at + 1) * rows - 1;
        predictions.push({
          name: samples.name?.(index) ?? `sample ${index + 1}`,
          teacher: answerAt(wise, row),
          student: answerAt(given, row),
        });
      });
    }
  }
  const heldOut = judge.result();
  return comparison.kind === 'scores' ? { heldOut, predictions } : { heldOut };
}
