/**
 * The same file with the same input on two devices: do they compute the same? Where they do not, one
 * of them has a wrong kernel, and nothing that is measured there means anything.
 */
import type { Value } from '../runtime.ts';
import { distance, isNumeric, isReal, numbersOf } from './values.ts';

/**
 * How far real outputs of two devices may lie apart, relative to the output's largest magnitude. A
 * product in float32 differs by some 1e-6 between onnxruntime's devices, and onnxruntime's own tests
 * of WebGPU allow 1e-3 (js/web/test/test-runner.ts). Where activations are rounded to 8 bits, a sum that falls on the other side of
 * a rounding border moves a whole code, and a chain of layers moves a few: 1–2 % each.
 */
export const deviceTolerance = { real: 1e-3, rounded: 0.05 } as const;

/** Whole numbers are mostly choices between scores, which a tie decides either way: so many may differ. */
const choices = 0.01;

export interface DeviceDifference {
  /** The output. */
  readonly name: string;
  /** Largest difference, relative to the largest magnitude; of whole numbers and texts the share that differs; Infinity where nothing can be compared. */
  readonly difference: number;
  readonly differs: boolean;
  /** What can't be compared, as a clause: `its dims are [1, 3] here and [1, 4] there`. */
  readonly reason?: string;
}

export interface DeviceAgreement {
  readonly agree: boolean;
  readonly tolerance: number;
  /** Every output, the worst first. */
  readonly outputs: readonly DeviceDifference[];
}

type Outputs = Readonly<Record<string, Value>>;

/** Compares what two devices gave for one input. `rounded`: the model rounds its activations. */
export function compareDevices(
  one: Outputs,
  other: Outputs,
  { rounded = false }: { readonly rounded?: boolean } = {},
): DeviceAgreement {
  const tolerance = rounded ? deviceTolerance.rounded : deviceTolerance.real;
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const outputs = names
    .map((name) => compareOutput(name, one[name], other[name], tolerance))
    .sort((a, b) => Number(b.differs) - Number(a.differs) || b.difference - a.difference);
  return { agree: outputs.every(({ differs }) => !differs), tolerance, outputs };
}

function compareOutput(
  name: string,
  a: Value | undefined,
  b: Value | undefined,
  tolerance: number,
): DeviceDifference {
  const unlike = (reason: string) => ({ name, difference: Infinity, differs: true, reason });
  if (!a || !b) return unlike('only one of the devices gives it');
  if (a.dtype !== b.dtype) return unlike(`it is ${a.dtype} on one and ${b.dtype} on the other`);
  if (a.dims.join() !== b.dims.join()) {
    return unlike(
      `its dims are [${a.dims.join(', ')}] on one and [${b.dims.join(', ')}] on the other`,
    );
  }
  if (!isNumeric(a) || !isReal(a)) {
    const difference = shareApart(a, b);
    return { name, difference, differs: difference > choices };
  }
  const difference = farthest(a, b);
  return {
    name,
    difference,
    differs: !(difference <= tolerance),
    ...(difference === Infinity
      ? { reason: 'only one of the devices gives numbers everywhere' }
      : {}),
  };
}

/** The share of elements that are not the same. */
function shareApart({ data: a }: Value, { data: b }: Value): number {
  let apart = 0;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) apart++;
  return a.length === 0 ? 0 : apart / a.length;
}

/** The largest difference over the largest magnitude of either; Infinity where only one is a number. */
function farthest(one: Value, other: Value): number {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  let range = 0;
  let most = 0;
  for (let at = 0; at < a.length; at++) {
    most = Math.max(most, distance(a[at]!, b[at]!));
    for (const x of [a[at]!, b[at]!]) if (Number.isFinite(x)) range = Math.max(range, Math.abs(x));
  }
  return most === 0 ? 0 : most / range;
}
