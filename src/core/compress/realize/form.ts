/** What a form is: one way in which a runtime holds a quantized weight and computes with it. */
import type { BitWidth } from '../../math/pack-bits.ts';
import type { Node } from '../../onnx/types.ts';
import type { Device } from '../../runtime.ts';
import type { BlockGrid } from './block-grid.ts';
import type { Packing } from './packing.ts';
import type { Probe, SpeedProbe } from './probe-model.ts';
import type { WeightUse } from './uses.ts';

export interface Form {
  readonly label: string;
  /** What the runtime keeps and computes: a sentence for people. */
  readonly summary: string;
  /** Why a device does better without it, though it works there. */
  readonly avoid: Readonly<Partial<Record<Device, string>>>;
  /** The largest error of a probe, relative to the largest result, at which the form counts as right. */
  readonly tolerance: number;
  /** Small models to try a device with. */
  readonly probes: (device: Device) => readonly Probe[];
  /** What to time, where the choice of a form hangs on its speed. */
  readonly speed?: () => SpeedProbe;
}

/** What a form must know of the model and the device around a weight. */
export interface Setting {
  /** The opset of the model. */
  readonly opset: number;
  /** Whether the zero points of a row of blocks must fill whole bytes. */
  readonly wholeBytes: boolean;
}

/** A form that puts other operators in the place of a weight's consumer. */
export interface OperatorForm extends Form {
  readonly bits: BitWidth;
  /** The consumers that it replaces. */
  readonly operators: readonly string[];
  /** The blocks in which it takes the weight of this use, or why it can't. */
  grid(use: WeightUse, setting: Setting): BlockGrid | string;
  /** The nodes that do the consumer's work. */
  nodes(use: WeightUse, grid: BlockGrid, packing: Packing): Promise<readonly Node[]>;
}
