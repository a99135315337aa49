/** Convolutions over any number of spatial axes. */
import { intOf, intsOf, textOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, at, countOf, eachCoordinate, indexOf, type NumberArray } from './array.ts';
import { given, type Inputs, type Operators } from './operator.ts';
import { isInside, placeIn, windowsOf, type Windows } from './window.ts';

/** y[n, m, o] = b[m] + Σ x[n, c, o · stride + k · dilation − begin] · w[m, c, k], c within m's group. */
function conv(inputs: Inputs, node: Node): NumberArray {
  const [x, w, bias] = [given(inputs, 0), given(inputs, 1), inputs[2]];
  const spatial = x.dims.slice(2);
  const windows = windowsOf(node, spatial, w.dims.slice(2));
  const [filters, perGroup] = w.dims as [number, number];
  const filtersPerGroup = filters / intOf(node, 'group', 1);
  return arrayOf([x.dims[0]!, filters, ...windows.counts], ([n, m, ...window]) => {
    const first = Math.floor(m! / filtersPerGroup) * perGroup;
    let sum = bias?.data[m!] ?? 0;
    eachCoordinate(windows.kernel, (element) => {
      const place = placeIn(windows, window, element);
      if (!isInside(spatial, place)) return;
      for (let c = 0; c < perGroup; c++) {
        sum += at(x, [n!, first + c, ...place]) * at(w, [m!, c, ...element]);
      }
    });
    return sum;
  });
}

/** The transpose of a convolution: every x[n, c, i] is spread as x · w[c, m, k] over i · stride + k · dilation − begin. */
function convTranspose(inputs: Inputs, node: Node): NumberArray {
  const [x, w, bias] = [given(inputs, 0), given(inputs, 1), inputs[2]];
  const groups = intOf(node, 'group', 1);
  const [channels, perGroup] = w.dims as [number, number];
  const { spatial, windows } = spreadOf(node, x.dims.slice(2), w.dims.slice(2));
  const dims = [x.dims[0]!, perGroup * groups, ...spatial];
  const data = new Float64Array(countOf(dims));
  eachCoordinate(x.dims, ([n, c, ...window], index) => {
    const first = Math.floor(c! / (channels / groups)) * perGroup;
    eachCoordinate(windows.kernel, (element) => {
      const place = placeIn(windows, window, element);
      if (!isInside(spatial, place)) return;
      for (let m = 0; m < perGroup; m++) {
        data[indexOf(dims, [n!, first + m, ...place])]! +=
          x.data[index]! * at(w, [c!, m, ...element]);
      }
    });
  });
  const sums: NumberArray = { dims, data };
  return bias ? arrayOf(dims, (place) => at(sums, place) + bias.data[place[1]!]!) : sums;
}

/** The output's spatial dims, and the windows over it of which each input value fills one. */
function spreadOf(
  node: Node,
  counts: readonly number[],
  kernel: readonly number[],
): { readonly spatial: readonly number[]; readonly windows: Windows } {
  const ones = counts.map(() => 1);
  const strides = intsOf(node, 'strides') ?? ones;
  const dilations = intsOf(node, 'dilations') ?? ones;
  const extra = intsOf(node, 'output_padding') ?? ones.map(() => 0);
  const pads = intsOf(node, 'pads') ?? [];
  const mode = textOf(node, 'auto_pad') ?? 'NOTSET';
  const isSame = mode.startsWith('SAME');
  const wanted = intsOf(node, 'output_shape')?.slice(-counts.length);
  const axes = counts.map((count, axis) => {
    const full =
      (count - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1 + extra[axis]!;
    const size = wanted?.[axis] ?? (isSame ? count * strides[axis]! : undefined);
    if (size === undefined) {
      const [begin, end] = [pads[axis] ?? 0, pads[axis + counts.length] ?? 0];
      return { size: full - begin - end, begin, end };
    }
    const total = Math.max(full - size, 0);
    const begin = mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
    return { size, begin, end: total - begin };
  });
  const [begins, ends] = [axes.map(({ begin }) => begin), axes.map(({ end }) => end)];
  const windows = { counts, kernel, strides, dilations, begins, ends };
  return { spatial: axes.map(({ size }) => size), windows };
}

export const convolutions: Operators = {
  Conv: (inputs, node) => [conv(inputs, node)],
  ConvTranspose: (inputs, node) => [convTranspose(inputs, node)],
};
