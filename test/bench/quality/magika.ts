/** magika: its published answers, and how far the scores move from them. */
import { gunzipSync } from 'node:zlib';

import { largestAt, numbersOf } from '../../../src/core/evaluate/values.ts';
import { compress, open } from '../../../src/node/api.ts';
import { magikaInput, type MagikaConfig } from '../../data/magika.ts';
import { sharedPath } from '../../shared.ts';
import type { Row } from '../bench.ts';
import { recipes } from '../recipes.ts';
import { outputs, shared, sizes } from './runs.ts';

interface MagikaExample {
  readonly prediction_mode: string;
  readonly content_base64: string;
  readonly prediction: { readonly dl: string; readonly score: number };
}

/** One row per recipe. */
export async function magikaRows(): Promise<Row[]> {
  const folder = 'models/magika';
  const config = JSON.parse(shared(`${folder}/config.json`).toString()) as MagikaConfig & {
    readonly target_labels_space: readonly string[];
  };
  const packed = shared(`${folder}/standard_v3_3-inference_examples_by_content.json.gz`);
  // Every content is there once per mode; the smallest files never reach the model.
  const examples = (JSON.parse(gunzipSync(packed).toString()) as MagikaExample[]).filter(
    (one) => one.prediction_mode === 'high_confidence' && one.prediction.dl !== 'undefined',
  );
  const feeds = examples.map(({ content_base64: content }) => ({
    bytes: magikaInput(Buffer.from(content, 'base64'), config),
  }));
  const original = await open(sharedPath(folder));
  const rows: Row[] = [];
  for (const [name, recipe] of Object.entries(recipes)) {
    const made = await compress(original, recipe);
    const answers = await outputs(made, feeds, (output) => {
      const scores = numbersOf(output);
      const best = largestAt(scores, 0, scores.length);
      return { label: config.target_labels_space[best], score: scores[best]! };
    });
    const scores = magikaScores(examples, answers);
    rows.push({ ...(await sizes('magika', name, made)), ...scores });
  }
  return rows;
}

function magikaScores(
  examples: readonly MagikaExample[],
  answers: readonly { readonly label: string | undefined; readonly score: number }[],
): Row {
  const agreed = answers.filter(({ label }, index) => label === examples[index]!.prediction.dl);
  const off = answers.map(({ score }, index) =>
    Math.abs(score - examples[index]!.prediction.score),
  );
  return {
    'published answers': `${agreed.length} of ${examples.length}`,
    'score off at most': Math.max(...off).toPrecision(3),
  };
}
