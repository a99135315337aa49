/**
 * Quality at equal size: plain rounding, block formats as llama.cpp has them, and ours, on the same
 * models, calibrated on the same samples, judged on others. Reads ../shared. SUBJECTS=digits,embedder
 * takes some of the models only.
 */
import { hasShared, skipReason } from '../shared.ts';
import type { Bench, Row } from './bench.ts';
import { judge, type Verdict } from './quality/equal/judge.ts';
import { inputsOf, layerError } from './quality/equal/rounders.ts';
import {
  digits,
  embedder,
  sentiment,
  stories260K,
  storyteller,
  type Subject,
} from './quality/equal/subject.ts';
import { make, ways, type Variant } from './quality/equal/variants.ts';

const subjects = { stories260K, storyteller, digits, sentiment, embedder };

export default {
  name: 'Quality at equal size (distance: KL in nats, or 1 − cosine; layer error held out)',
  async run() {
    if (!hasShared) return [{ skipped: skipReason }];
    const wanted = process.env.SUBJECTS?.split(',');
    const rows: Row[] = [];
    for (const [name, open] of Object.entries(subjects)) {
      if (!(wanted?.includes(name) ?? true)) continue;
      rows.push(...(await rowsOf(await open())));
    }
    return rows;
  },
} satisfies Bench;

async function rowsOf(subject: Subject): Promise<Row[]> {
  const { name, quality, model } = subject;
  const inputs = await inputsOf(subject);
  const untouched = await judge(subject, model.model);
  const head = { model: name, method: 'as it is', by: '', bits: '32.00', 'coded bits': '32.00' };
  const rows: Row[] = [{ ...head, ...columns(quality, untouched) }];
  for (const way of ways) {
    const variant = await make(way, subject, inputs);
    const verdict = await judge(subject, variant.model);
    const error = way.moves ? undefined : await layerError(subject, variant.model, inputs);
    rows.push(rowOf(name, quality, variant, verdict, error));
    console.log(Object.values(rows.at(-1)).join('  '));
  }
  return rows;
}

function rowOf(
  model: string,
  quality: Subject['quality'],
  { method, by, bits, codedBits, seconds }: Variant,
  verdict: Verdict,
  error: number | undefined,
): Row {
  return {
    model,
    method,
    by,
    bits: bits.toFixed(2),
    'coded bits': codedBits.toFixed(2),
    ...columns(quality, verdict),
    'layer error': error?.toPrecision(3) ?? '',
    s: seconds.toFixed(1),
  };
}

function columns(
  kind: Subject['quality'],
  { quality, interval, distance, distanceInterval, flips }: Verdict,
): Row {
  const digits = kind === 'perplexity' ? 3 : 4;
  const range = (values: readonly number[], shown: (x: number) => string) =>
    values.map(shown).join('–');
  return {
    quality: `${kind} ${quality.toFixed(digits)}`,
    interval: interval ? range(interval, (x) => x.toFixed(digits)) : '',
    distance: distance.toPrecision(3),
    'distance interval': range(distanceInterval, (x) => x.toPrecision(2)),
    'flips %': flips === undefined ? '' : (100 * flips).toFixed(2),
  };
}
