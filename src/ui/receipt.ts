/** The size ledger of both models as the lines of a till receipt. */
import type { Ledger } from '../core/evaluate/ledger.ts';
import { formatBytes } from '../core/errors.ts';
import { formatChange } from './words.ts';

/** Bytes, or that they are being found out. */
export type Amount = number | 'pending';

/** One line: what it is for, and bytes before and after; `after` is absent while there is no result. */
export interface Line {
  readonly label: string;
  readonly before: Amount;
  readonly after?: Amount;
}

export interface ReceiptLines {
  /** Where the bytes lie; they add up to `stored`. */
  readonly parts: readonly Line[];
  readonly totals: readonly Line[];
}

const labels: Readonly<Record<string, string>> = {
  'attention-q': 'attention query',
  'attention-k': 'attention key',
  'attention-v': 'attention value',
  'attention-qkv': 'attention q, k, v',
  'attention-o': 'attention output',
  'depthwise-conv': 'depthwise conv',
  'other-tensors': 'other tensors',
  'zero-points': 'zero points',
  structure: 'graph and names',
};
/** What compressing adds stands below what it shrinks. */
const last = ['scales', 'zero-points', 'other-tensors', 'structure'];

/** Bytes that the devices of both sides keep of the weights: estimates, absent where nothing runs. */
export interface Resident {
  readonly original: Amount | undefined;
  readonly compressed: Amount | undefined;
}

/** The lines of a receipt, parts in the order of the original's sizes. */
export function receiptLines(
  original: Ledger,
  compressed?: Ledger,
  resident?: Resident,
): ReceiptLines {
  const before = new Map<string, number>(original.parts.map(({ role, bytes }) => [role, bytes]));
  const after = new Map<string, number>(compressed?.parts.map(({ role, bytes }) => [role, bytes]));
  const roles = [...new Set([...before.keys(), ...after.keys()])];
  roles.sort((a, b) => last.indexOf(a) - last.indexOf(b));
  const line = (label: string, a: Amount, b: Amount | undefined): Line => ({
    label,
    before: a,
    ...(b === undefined ? {} : { after: b }),
  });
  return {
    parts: roles.map((role) =>
      line(
        labels[role] ?? role.replaceAll('-', ' '),
        before.get(role) ?? 0,
        compressed && (after.get(role) ?? 0),
      ),
    ),
    totals: [
      line('total stored', original.stored, compressed?.stored),
      line('coded', original.coded ?? 'pending', compressed && (compressed.coded ?? 'pending')),
      ...(resident?.original === undefined
        ? []
        : [line('in memory, about', resident.original, resident.compressed)]),
      line('as float32', original.float32Equivalent, compressed?.float32Equivalent),
    ],
  };
}

/** `80.0 kB`; `–` for nothing, `…` for what is being found out, '' where there is no such side. */
export function amountText(amount: Amount | undefined): string {
  if (amount === undefined) return '';
  if (amount === 'pending') return '…';
  // Columns are narrow on a phone.
  return amount === 0 ? '–' : formatBytes(amount).replace(/ bytes?$/, ' B');
}

/** The change in percent; '' where one of the amounts is not there or it began with nothing. */
export function changeText(before: Amount, after: Amount | undefined): string {
  if (before === 'pending' || after === 'pending' || after === undefined || before === 0) return '';
  return formatChange(before, after);
}

/** The receipt as text of fixed width, for the clipboard. */
export function receiptText(title: string, { parts, totals }: ReceiptLines): string {
  const row = ({ label, before, after }: Line): string => {
    const right = amountText(after).padStart(14) + changeText(before, after).padStart(9);
    return (label.padEnd(20) + amountText(before).padStart(14) + right).trimEnd();
  };
  const rule = '-'.repeat(57);
  return [title, rule, ...parts.map(row), rule, ...totals.map(row), ''].join('\n');
}
