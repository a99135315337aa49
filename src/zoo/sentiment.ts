/** Whether a sentence speaks well or badly of something. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import type { Session } from '../core/runtime.ts';
import { encoder, type EncoderSizes } from './architectures/encoder.ts';
import { withWeights } from './architectures/weights.ts';
import { encoderFiles } from './text/encoder-files.ts';
import { opinionBatches } from './text/opinion-batches.ts';
import { readHeldOutOpinions, readOpinions, type Opinion } from './text/opinions.ts';
import { remarkSamples } from './text/text-samples.ts';
import { tokenRows } from './text/token-rows.ts';
import { trainWordPieces, WordPieces } from './text/word-piece.ts';
import type { Scores, TrainingPlan, ZooModel } from './zoo-model.ts';

const batch = 64;
/** Covers 95 % of the sentences that it is judged by; the ends of the others are cut off. */
const sequence = 48;
const steps = 3000;

const sizes: EncoderSizes = {
  vocabulary: 8000,
  positions: sequence,
  width: 128,
  heads: 4,
  hidden: 256,
  layers: 2,
};

const plan: TrainingPlan = {
  steps,
  schedule: { learningRate: 7e-4, warmUp: 200, steps, floor: 0.02 },
  loss: crossEntropy({ logits: 'logits', smoothing: 0.1 }),
  weightDecay: 0.2,
  clipNorm: 1,
  averaging: 0.999,
  evaluateEvery: 250,
};

export const sentiment: ZooModel = {
  label: 'Sentiment',
  task: 'text-classification',
  summary: 'Tells whether a sentence, such as one about a film, is positive or negative.',
  trainedOn:
    'Phrases of the Stanford Sentiment Treebank (SST-2), sentences and film reviews of Pang and Lee (the reviews: CC BY 4.0), and remarks of Kotzias et al. on products, films and restaurants. The licences of all but the reviews are unclear: none of the texts ship.',
  async prepare(read, random) {
    const heldOut = await readHeldOutOpinions(read);
    const opinions = await readOpinions(read, heldOut);
    const texts = Object.values(opinions).flatMap((source: readonly Opinion[]) => source);
    const vocabulary = trainWordPieces(
      texts.map(({ text }) => text),
      sizes.vocabulary,
    );
    const pieces = new WordPieces(vocabulary);
    const weights = random.fork('weights');
    const head = { kind: 'classes', classes: 2 } as const;
    const shipped = { batch: 'batch', sequence: 'sequence' };
    return {
      plan,
      training: encoder({ ...sizes, dropout: 0.3 }, head, { batch, sequence }, weights),
      batch: opinionBatches(opinions, pieces, {
        size: batch,
        length: sequence,
        hidden: 0.3,
        random: random.fork('batches'),
      }),
      ship: (trained) => withWeights(encoder(sizes, head, shipped, weights), trained),
      files: new Map([
        ...encoderFiles(vocabulary, sizes, ['NEGATIVE', 'POSITIVE']),
        ...remarkSamples(pieces, sequence, random.fork('samples')),
      ]),
      // All of them each time: they take a second or two.
      evaluate: (session) => opinionAccuracy(session, pieces, heldOut),
    };
  },
};

/** The share of opinions that a model of `input_ids`, `attention_mask` → `logits` tells right. */
export async function opinionAccuracy(
  session: Session,
  pieces: WordPieces,
  opinions: readonly Opinion[],
): Promise<Scores> {
  let right = 0;
  for (let start = 0; start < opinions.length; start += batch) {
    const part = opinions.slice(start, start + batch);
    const rows = part.map(({ text }) => pieces.encode(text, sequence));
    const { logits } = await session.run(tokenRows(rows, sequence));
    const scores = logits!.data as Float32Array;
    part.forEach(({ positive }, at) => {
      if (scores[2 * at + 1]! > scores[2 * at]! === positive) right++;
    });
  }
  return { accuracy: right / opinions.length, n: opinions.length };
}
