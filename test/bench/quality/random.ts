/** Models without data of their own: on random inputs. */
import { compare, compress, open } from '../../../src/node/api.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';
import { recipes } from '../recipes.ts';
import { runtime, sizes } from './runs.ts';

/** One row per recipe, on 16 random inputs. */
export async function randomRows(path: string): Promise<Row[]> {
  const original = await open(sharedPath(`models/${path}`));
  const rows: Row[] = [];
  for (const [name, recipe] of Object.entries(recipes)) {
    const made = await compress(original, recipe);
    const { quality, latency } = await compare(original, made, { samples: 16, runs: 20, runtime });
    const { metrics } = quality.outputs[0]!;
    const value = (id: keyof typeof metrics): string => metrics[id]?.value.toPrecision(4) ?? '';
    rows.push({
      ...(await sizes(path, name, made)),
      'max error': value('max-error'),
      'relative error': value('relative-error'),
      cosine: value('cosine'),
      'top-1': value('top-1'),
      KL: value('kl'),
      'p50 ms': `${latency.original.p50.toFixed(2)} → ${latency.compressed.p50.toFixed(2)}`,
    });
  }
  return rows;
}
