/** The table of forms. A weight takes the first that serves its use; the last serves every use. */
import type { Device } from '../../runtime.ts';
import { float16Form } from './float16-form.ts';
import { foldDequantize } from './fold-dequantize.ts';
import type { Form, OperatorForm } from './form.ts';
import { gatherBlockQuantized } from './gather-block-quantized.ts';
import { gatherRows } from './gather-rows.ts';
import { integerForms } from './integer-forms.ts';
import { matmulNBits } from './matmul-nbits.ts';

/** Forms that change the graph. */
export const operatorForms = {
  'matmul-nbits-8': matmulNBits(8),
  'matmul-nbits-4': matmulNBits(4),
  'matmul-nbits-2': matmulNBits(2),
  'gather-block-quantized-8': gatherBlockQuantized(8),
  'gather-block-quantized-4': gatherBlockQuantized(4),
  'gather-block-quantized-2': gatherBlockQuantized(2),
  'gather-rows-8': gatherRows(8),
  'gather-rows-4': gatherRows(4),
  'gather-rows-2': gatherRows(2),
} as const satisfies Record<string, OperatorForm>;

/** Every form, in the order of preference; those of whole integer parts follow those of weights. */
export const forms = {
  ...operatorForms,
  'fold-dequantize': foldDequantize,
  float16: float16Form,
  ...integerForms,
} as const satisfies Record<string, Form>;

export type OperatorFormId = keyof typeof operatorForms;
export type FormId = keyof typeof forms;

export const formIds = Object.keys(forms) as readonly FormId[];
export const operatorFormIds = Object.keys(operatorForms) as readonly OperatorFormId[];

/** How many times as fast as float32 a form computed a product, with one row and with many. */
export interface Speed {
  readonly one: number;
  readonly many: number;
}

/** Whether a form works on a device: `error` is the largest, relative to the largest result. */
export type Verdict =
  | { readonly available: true; readonly error: number; readonly speed?: Speed }
  | { readonly available: false; readonly reason: string };

/** What is known of a device, as `probeForms` found it. A form that was not tried has no verdict. */
export type Support = Readonly<Partial<Record<FormId, Verdict>>>;

/** Why a form should not be used on a device, or undefined where it should. */
export function objection(id: FormId, device: Device, support: Support): string | undefined {
  const verdict = support[id] ?? { available: false, reason: 'it was not tried on this device' };
  return forms[id].avoid[device] ?? (verdict.available ? undefined : verdict.reason);
}
