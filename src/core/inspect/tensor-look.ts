/** A weight under the glass: what two models hold of it, side by side. Everything crosses a worker's border. */
import type { Role } from '../onnx/weights.ts';
import type { Dtype } from '../onnx/types.ts';
import { dimsOf, type TensorForm } from './tensor-form.ts';
import { gridRanges, type GridRange } from './tensor-grid.ts';
import { histogramsOf, type Histograms } from './tensor-histogram.ts';
import {
  channelsOf,
  sampledMatrix,
  scaledChannels,
  wholePlace,
  type OpenSide,
  type OpenWeight,
} from './tensor-open.ts';
import { undoRescaling, type AxisFactors } from './tensor-rescaling.ts';
import { rowOf, type RowSample } from './tensor-sample.ts';
import {
  errorByChannel,
  errorOf,
  levelsOf,
  outliersOf,
  spreadOf,
  type Outliers,
  type Spread,
  type TensorError,
} from './tensor-statistics.ts';

/** What one side holds. */
export interface SideLook {
  readonly kind: TensorForm['kind'];
  readonly dims: readonly number[];
  /** Of the values, or of the codes. */
  readonly dtype?: Dtype;
  /** Codes: the operator that takes them. */
  readonly operator?: string;
  readonly scales?: number;
  readonly rank?: number;
  readonly why?: string;
  readonly spread?: Spread;
  /** Distinct values; absent where there are more than 256. */
  readonly levels?: number;
}

export interface TensorLook {
  readonly key: string;
  readonly role: Role;
  readonly dims: readonly number[];
  readonly inAxes: readonly number[];
  readonly outAxes: readonly number[];
  /** As a matrix, of the sampled rows. */
  readonly matrix: { readonly rows: number; readonly columns: number };
  readonly sample: RowSample;
  readonly left: SideLook;
  readonly right?: SideLook;
  readonly apart: string;
  readonly histograms: Histograms;
  /** `at` and all other places count in the whole tensor. */
  readonly error?: TensorError;
  /** The axis whose indices are the channels. */
  readonly channelAxis: number;
  /** After undoing a scale that was moved, where one was. */
  readonly channelErrors?: Float32Array;
  /** A scale that was moved to or from other layers, and the error without it. */
  readonly rescaling?: { readonly axes: readonly AxisFactors[]; readonly error: TensorError };
  readonly outliers?: Outliers;
  readonly grids?: { readonly ranges: readonly GridRange[]; readonly count: number };
}

/** All figures of a weight that do not take long. */
export function lookAt(open: OpenWeight): TensorLook {
  const { weight, dims, sample, left, right, apart } = open;
  const channels = channelsOf(open);
  const { axis } = channels;
  const before = left.loaded?.values;
  const after = right?.loaded?.values;
  const compared = apart === '' && before && after;
  const [leftLook, rightLook] = [sideLook(left), right && sideLook(right)];
  const error = compared ? errorOf(before, after) : undefined;
  const moved = compared ? undoRescaling(before, after, scaledChannels(open)) : undefined;
  const placedError = (one: TensorError): TensorError => ({
    ...one,
    at: wholePlace(sample, one.at),
  });
  const spread = leftLook.spread;
  const coded = right?.loaded?.coded ?? left.loaded?.coded;
  const codedValues = right?.loaded?.coded ? after : before;
  return {
    key: weight.key,
    role: weight.role,
    dims,
    inAxes: weight.inAxes,
    outAxes: weight.outAxes,
    matrix: sampledMatrix(open),
    sample,
    left: leftLook,
    ...(rightLook ? { right: rightLook } : {}),
    apart,
    histograms: histogramsOf(left.loaded, right?.loaded, Boolean(compared)),
    ...(error ? { error: placedError(error) } : {}),
    ...(moved ? { rescaling: { axes: moved.axes, error: placedError(moved.error) } } : {}),
    channelAxis: axis,
    ...(compared
      ? { channelErrors: errorByChannel(before, moved?.values ?? after, channels) }
      : {}),
    ...(before && spread
      ? { outliers: placed(outliersOf(before, spread, channels), open, axis) }
      : {}),
    ...(coded && codedValues
      ? {
          grids: {
            ranges: gridRanges(coded, compared ? before : undefined, codedValues),
            count: coded.scales.length,
          },
        }
      : {}),
  };
}

function sideLook({ form, loaded }: OpenSide): SideLook {
  const values = loaded && {
    spread: spreadOf(loaded.values),
    ...countLevels(loaded.values),
  };
  const base = { kind: form.kind, dims: dimsOf(form), ...values };
  switch (form.kind) {
    case 'real':
      return { ...base, dtype: form.tensor.dtype };
    case 'codes': {
      const { operator, codes } = form.coded;
      return { ...base, operator, dtype: codes.dtype, scales: loaded?.coded?.scales.length ?? 0 };
    }
    case 'product':
      return { ...base, rank: form.product.rank };
    case 'packed':
      return { ...base, operator: form.operator };
    case 'unread':
      return { ...base, why: form.why };
  }
}

function countLevels(values: Float32Array): { readonly levels?: number } {
  const levels = levelsOf(values);
  return levels ? { levels: levels.length } : {};
}

function placed(outliers: Outliers, { sample }: OpenWeight, axis: number): Outliers {
  const { farthest, channels } = outliers;
  return {
    ...outliers,
    farthest: farthest.map((one) => ({ ...one, index: wholePlace(sample, one.index) })),
    channels: channels.map(({ channel, count }) => {
      return { channel: axis === 0 ? rowOf(sample, channel) : channel, count };
    }),
  };
}
