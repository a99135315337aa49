/** Says in words how a device holds the compressed weights of a model, and why so. */
import type { FormRow } from '../../core/compress/realize/form-table.ts';
import { forms as table } from '../../core/compress/realize/forms.ts';
import type { RealizedForm } from '../../core/compress/realize/realize.ts';
import type { WebDevice } from '../../bridge/side.ts';
import { counted } from '../format.ts';

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

/** How a device runs a form: what it does, and in small print why, how fast and how exactly. */
export function standingWords({ standing, reason, error, speed }: FormRow): {
  readonly standing: string;
  readonly why: string;
} {
  const times = (factor: number): string => `${factor.toPrecision(2)}×`;
  const parts = [
    reason ? sentence(reason) : '',
    speed
      ? `${times(speed.many)} the speed of float32 with many rows, ${times(speed.one)} with one.`
      : '',
    error !== undefined && error > 1e-5 ? `Off by up to ${(100 * error).toPrecision(1)} %.` : '',
  ];
  const [first = '', ...rest] = standing;
  return {
    standing: `${first.toUpperCase()}${rest.join('')}`,
    why: parts.filter(Boolean).join(' '),
  };
}

const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;

/** A form, or several that differ in bits alone, and what each device does with it. */
export interface FormLine {
  readonly label: string;
  readonly summary: string;
  readonly cells: readonly ReturnType<typeof standingWords>[];
}

/** Lines of a table whose columns are devices: forms of which all devices do the same are told together. */
export function formLines(devices: readonly (readonly FormRow[])[]): FormLine[] {
  const groups: { kind: string; bits: string[]; line: FormLine }[] = [];
  for (const [at, { label, summary }] of (devices[0] ?? []).entries()) {
    const cells = devices.flatMap((rows) => (rows[at] ? [standingWords(rows[at])] : []));
    const [, kind = label, bits] = /^(.*), (\d+) bits$/.exec(label) ?? [];
    const last = groups[groups.length - 1];
    const isSame = last?.kind === kind && JSON.stringify(last.line.cells) === JSON.stringify(cells);
    if (isSame && bits !== undefined) last.bits.push(bits);
    else
      groups.push({
        kind,
        bits: bits === undefined ? [] : [bits],
        line: { label, summary, cells },
      });
  }
  return groups.map(({ kind, bits, line }) =>
    bits.length > 1
      ? {
          ...line,
          label: `${kind}, ${bits.slice(0, -1).join(', ')} and ${bits[bits.length - 1] ?? ''} bits`,
        }
      : line,
  );
}
