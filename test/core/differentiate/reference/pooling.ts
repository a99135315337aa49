/** Pools: the largest value, or the mean, of each window. */
import { intOf, intsOf } from '../../../../src/core/onnx/build.ts';
import type { Node } from '../../../../src/core/onnx/types.ts';
import { arrayOf, eachCoordinate, indexOf, type NumberArray } from './array.ts';
import { given, type Operators } from './operator.ts';
import { mean, reducedOver } from './reduction.ts';
import { isInside, placeIn, windowsOf } from './window.ts';

/** The largest values and their places in the whole input; the first of equal ones. */
function maxPool(x: NumberArray, node: Node): NumberArray[] {
  const spatial = x.dims.slice(2);
  const windows = windowsOf(node, spatial, intsOf(node, 'kernel_shape') ?? []);
  const dims = [...x.dims.slice(0, 2), ...windows.counts];
  const places = arrayOf(
    dims,
    ([n, c, ...window]) => {
      let best = -1;
      eachCoordinate(windows.kernel, (element) => {
        const place = placeIn(windows, window, element);
        if (!isInside(spatial, place)) return;
        const index = indexOf(x.dims, [n!, c!, ...place]);
        if (best < 0 || x.data[index]! > x.data[best]!) best = index;
      });
      return best;
    },
    'int64',
  );
  return [{ ...x, dims, data: places.data.map((index) => x.data[index]!) }, places];
}

function averagePool(x: NumberArray, node: Node): NumberArray {
  const spatial = x.dims.slice(2);
  const windows = windowsOf(node, spatial, intsOf(node, 'kernel_shape') ?? []);
  const countsPadding = intOf(node, 'count_include_pad', 0) === 1;
  // What a window of ceil_mode covers beyond the padding never counts.
  const isCounted = (place: readonly number[]): boolean =>
    countsPadding
      ? place.every((one, axis) => one < spatial[axis]! + windows.ends[axis]!)
      : isInside(spatial, place);
  return arrayOf([...x.dims.slice(0, 2), ...windows.counts], ([n, c, ...window]) => {
    let [sum, count] = [0, 0];
    eachCoordinate(windows.kernel, (element) => {
      const place = placeIn(windows, window, element);
      if (isCounted(place)) count++;
      if (isInside(spatial, place)) sum += x.data[indexOf(x.dims, [n!, c!, ...place])]!;
    });
    return sum / count;
  });
}

const spatialAxes = ({ dims }: NumberArray): number[] => dims.map((_, axis) => axis).slice(2);
const largest = (values: readonly number[]): number => Math.max(...values);

export const pools: Operators = {
  MaxPool: (inputs, node) => maxPool(given(inputs, 0), node),
  AveragePool: (inputs, node) => [averagePool(given(inputs, 0), node)],
  GlobalAveragePool: ([x]) => [reducedOver(x!, spatialAxes(x!), mean)],
  GlobalMaxPool: ([x]) => [reducedOver(x!, spatialAxes(x!), largest)],
};
