import { describe } from 'vitest';

import { node } from '../../../../src/core/onnx/build.ts';
import { checkGradient } from '../check-rule.ts';
import { integers } from '../reference/draw.ts';

interface Cut {
  readonly dims: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes?: readonly number[];
  readonly steps?: readonly number[];
}

function checkSlice(caption: string, { dims, starts, ends, axes, steps }: Cut): void {
  const names = ['x', 'starts', 'ends', axes ? 'axes' : '', steps ? 'steps' : ''];
  checkGradient(caption, {
    nodes: [node('Slice', names, ['y'])],
    inputs: {
      x: dims,
      starts: integers(starts),
      ends: integers(ends),
      ...(axes ? { axes: integers(axes) } : {}),
      ...(steps ? { steps: integers(steps) } : {}),
    },
    wrt: ['x'],
  });
}

const far = 2 ** 40;

describe('Slice', () => {
  checkSlice('x[1:3, 0:2]', { dims: [4, 3], starts: [1, 0], ends: [3, 2] });
  checkSlice('x[:, -2:]', { dims: [2, 5], starts: [-2], ends: [far], axes: [1] });
  checkSlice('x[..., :-1, 1:]', {
    dims: [2, 3, 4],
    starts: [0, 1],
    ends: [-1, far],
    axes: [-2, -1],
  });
  checkSlice('all of it', { dims: [2, 3], starts: [0], ends: [far], axes: [0] });
  checkSlice('x[..., ::2] of an even length', {
    dims: [2, 6],
    starts: [0],
    ends: [far],
    axes: [-1],
    steps: [2],
  });
  checkSlice('x[..., 1::2] of an even length', {
    dims: [2, 6],
    starts: [1],
    ends: [far],
    axes: [-1],
    steps: [2],
  });
  checkSlice('x[1:8:3] of 10 rows', {
    dims: [10, 2],
    starts: [1],
    ends: [8],
    axes: [0],
    steps: [3],
  });
  checkSlice('x[::-1]', { dims: [4, 2], starts: [-1], ends: [-far], axes: [0], steps: [-1] });
  checkSlice('x[6:0:-2] from beyond the end, and x[:, 1:] beside it', {
    dims: [6, 3],
    starts: [far, 1],
    ends: [0, far],
    axes: [0, 1],
    steps: [-2, 1],
  });
  checkSlice('x[::2, ::-3]', {
    dims: [5, 7],
    starts: [0, far],
    ends: [far, -far],
    axes: [0, 1],
    steps: [2, -3],
  });
});
