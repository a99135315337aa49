/** Says in words how a device holds the compressed weights of a model, and why so. */
import { forms as table } from '../core/compress/realize/forms.ts';
import type { RealizedForm } from '../core/compress/realize/realize.ts';
import type { WebDevice } from '../bridge/side.ts';
import { counted } from './words.ts';

export interface FormWords {
  readonly text: string;
  /** '' where the form is the packed one that nobody needs to explain. */
  readonly why: string;
}

const deviceNames: Readonly<Record<WebDevice, string>> = { wasm: 'WASM', webgpu: 'WebGPU' };

/** One entry per form, the commonest first. */
export function formWords(forms: readonly RealizedForm[], device: WebDevice): FormWords[] {
  if (forms.length === 0) return [{ text: 'Runs as it is stored: no weight is packed.', why: '' }];
  const groups = new Map<RealizedForm['form'], RealizedForm[]>();
  for (const one of forms) groups.set(one.form, [...(groups.get(one.form) ?? []), one]);
  return [...groups]
    .sort((a, b) => b[1].length - a[1].length)
    .map(([form, group]) => ({
      text: `${counted(group.length, 'weight')}: ${inWords(form, device)}`,
      why: whyOf(group),
    }));
}

function inWords(form: RealizedForm['form'], device: WebDevice): string {
  if (form === 'as-is') return 'left as they are.';
  const name = deviceNames[device];
  if (form === 'float32' || form === 'fold-dequantize') {
    return `On ${name} they are unpacked to float32 at load: memory and speed are those of float32, the file stays small.`;
  }
  return table[form].summary;
}

/** Every reason once, the commonest first. */
function whyOf(group: readonly RealizedForm[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of group) {
    for (const part of reason?.split('; ') ?? []) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).map(([reason]) => reason);
  if (reasons.length === 0) return '';
  // Some reasons are whole sentences with a full stop of their own.
  return `Why: ${reasons.slice(0, 3).join('; ').replace(/\.$/, '')}.`;
}
