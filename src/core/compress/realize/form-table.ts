/** What a device does with each form of compressed weights, in words: the data of a table for people. */
import type { Device } from '../../runtime.ts';
import { formIds, forms, type FormId, type Speed, type Support } from './forms.ts';

/** How a device runs what is stored in a form. */
export type Standing =
  | 'runs natively'
  | 'folded at load'
  | 'looked up by other operators'
  | 'rounded in float'
  | 'widened at load'
  | 'not at all'
  | 'not tried yet';

export interface FormRow {
  readonly id: FormId;
  readonly label: string;
  readonly summary: string;
  readonly standing: Standing;
  /** Why it does not run natively. */
  readonly reason?: string;
  /** The largest error of a probe, relative to the largest result. */
  readonly error?: number;
  /** How many times as fast as float32, where it was measured. */
  readonly speed?: Speed;
}

/** A row for each form, in the order of preference. */
export function formTable(device: Device, support: Support): FormRow[] {
  return formIds.map((id) => {
    const { label, summary, avoid } = forms[id];
    const verdict = support[id];
    const measured = verdict?.available
      ? { error: verdict.error, ...(verdict.speed ? { speed: verdict.speed } : {}) }
      : {};
    const row = { id, label, summary, ...measured };
    const avoided = avoid[device];
    if (avoided === undefined && !verdict) return { ...row, standing: 'not tried yet' };
    if (avoided === undefined && verdict?.available) return { ...row, standing: nativeOf(id) };
    const reason = avoided ?? (verdict && !verdict.available ? verdict.reason : '');
    return { ...row, standing: instead(id, device, support), reason };
  });
}

/** What a form is where it works: the last two are what others fall back to. */
function nativeOf(id: FormId): Standing {
  if (id === 'fold-dequantize') return 'folded at load';
  return id === 'rounded-activations' ? 'rounded in float' : 'runs natively';
}

/** What becomes of weights that would come in a form which the device should not, or can't, use. */
function instead(id: FormId, device: Device, support: Support): Standing {
  const works = (other: FormId): boolean | undefined =>
    forms[other].avoid[device] === undefined ? support[other]?.available : false;
  const known = (found: boolean | undefined, standing: Standing, otherwise: Standing): Standing =>
    found === undefined ? 'not tried yet' : found ? standing : otherwise;
  if (id === 'float16') return 'widened at load';
  if (id === 'fold-dequantize' || id === 'rounded-activations') return 'not at all';
  if (id.startsWith('integer-')) {
    return known(works('rounded-activations'), 'rounded in float', 'not at all');
  }
  const twin = twinOf(id);
  if (twin && works(twin)) return 'looked up by other operators';
  return known(works('fold-dequantize'), 'folded at load', 'not at all');
}

/** The other way in which rows of a packed table are looked up. */
function twinOf(id: FormId): FormId | undefined {
  const [, kind, bits] = /^(gather-rows|gather-block-quantized)-(\d)$/.exec(id) ?? [];
  if (!kind) return undefined;
  const other = kind === 'gather-rows' ? 'gather-block-quantized' : 'gather-rows';
  return formIds.find((one) => one === `${other}-${bits}`);
}
