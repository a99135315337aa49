/** Samples and a place to keep trainings, in memory. */
import { createRandom } from '../../../../src/core/math/random.ts';
import type {
  Samples,
  TrainingControl,
  TrainingNews,
  TrainingState,
} from '../../../../src/core/compress/training.ts';

/** Rows of normal values for an input [batch, width]; labels, where given, by row. */
export function rows(
  input: string,
  count: number,
  width: number,
  labelOf?: (index: number) => number,
): Samples {
  const row = (index: number): number[] => {
    const random = createRandom(7).fork(`row ${index}`);
    return Array.from({ length: width }, () => random.normal());
  };
  return {
    label: `${count} rows`,
    count,
    feeds: (indices) => ({
      [input]: {
        dtype: 'float32',
        dims: [indices.length, width],
        data: Float32Array.from(indices.flatMap(row)),
      },
    }),
    ...(labelOf && {
      targets: (indices: readonly number[]) => ({
        dtype: 'int64' as const,
        dims: [indices.length],
        data: BigInt64Array.from(indices, (index) => BigInt(labelOf(index))),
      }),
    }),
  };
}

export interface MemoryControl extends TrainingControl {
  readonly news: TrainingNews[];
  readonly saved: Map<string, TrainingState>;
}

/** A control that never pauses; `next` is told how many steps were begun. */
export function memoryControl(
  samples: Samples,
  next: (begun: number) => 'go' | 'stop' = () => 'go',
): MemoryControl {
  const news: TrainingNews[] = [];
  const saved = new Map<string, TrainingState>();
  let begun = 0;
  return {
    news,
    saved,
    samples: () => Promise.resolve(samples),
    report: (one) => news.push(one),
    next: () => Promise.resolve(next(begun++)),
    save: (key, state) => Promise.resolve(void saved.set(key, state)),
    load: (key) => Promise.resolve(saved.get(key)),
    forget: (key) => Promise.resolve(void saved.delete(key)),
  };
}
