/** Products of matrices of doubles through the compiled kernels, in their own memory. */
import type { Linear, Panel } from '../math/linear.ts';
import { type KernelExports, reserve } from './instance.ts';

/** The same bytes as `plainLinear`. Errors: RangeError where there is no memory left. */
export function linearOf(kernels: KernelExports): Linear {
  return {
    arrays(...lengths) {
      let end = 1024;
      const starts = lengths.map((length) => {
        const start = end;
        end = start + Math.ceil(length / 8) * 64 + 64;
        return start;
      });
      reserve(kernels, end);
      const { buffer } = kernels.memory;
      return starts.map((start, index) => new Float64Array(buffer, start, lengths[index]));
    },
    subtractProducts(c, a, b, rows, columns, count) {
      const { buffer } = kernels.memory;
      for (const { array } of [c, a, b]) {
        if (array.buffer !== buffer)
          throw new RangeError('An array is not in the kernels’ memory.');
      }
      kernels.subtractProducts(
        ...[placeOf(c), c.stride, placeOf(a), a.stride],
        ...[placeOf(b), b.stride, rows, columns, count],
      );
    },
  };
}

const placeOf = ({ array, start }: Panel): number => array.byteOffset + 8 * start;
