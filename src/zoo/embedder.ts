/** Sentences as vectors: those that mean alike lie close together. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import { spearman } from '../core/evaluate/rank-correlation.ts';
import type { Session } from '../core/runtime.ts';
import { encoder, type EncoderSizes } from './architectures/encoder.ts';
import { withWeights } from './architectures/weights.ts';
import { readBooks, readStories, sentencesOf } from './text/corpora.ts';
import { embeddingBatches } from './text/embedding-batches.ts';
import { encoderFiles } from './text/encoder-files.ts';
import { labelledPairs } from './text/pairs.ts';
import { drawTriplet } from './text/paraphrases.ts';
import { sentenceSamples } from './text/text-samples.ts';
import { tokenRows } from './text/token-rows.ts';
import { trainWordPieces, WordPieces } from './text/word-piece.ts';
import type { ReadMaterial, Scores, TrainingPlan, ZooModel } from './zoo-model.ts';

const anchors = 32;
const sequence = 32;
const steps = 2500;

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
  schedule: { learningRate: 1e-3, warmUp: 200, steps, floor: 0.02 },
  loss: crossEntropy({ logits: 'logits' }),
  weightDecay: 0.05,
  clipNorm: 1,
  averaging: 0.998,
  evaluateEvery: 250,
};

export const embedder: ZooModel = {
  label: 'Embedder',
  task: 'feature-extraction',
  summary: 'Turns sentences into vectors whose angles tell how alike the sentences are.',
  trainedOn:
    'Paraphrases from a grammar of our own, and neighboring sentences of 17 English books of Project Gutenberg (public domain in the United States) and of 950 stories of TinyStories (Eldan and Li, CDLA-Sharing 1.0).',
  async prepare(read, random) {
    const texts = await readTexts(read);
    const told = random.fork('vocabulary');
    const paraphrases = Array.from({ length: 10_000 }, () => drawTriplet(told).anchor);
    const vocabulary = trainWordPieces([...texts.flat(), ...paraphrases], sizes.vocabulary);
    const pieces = new WordPieces(vocabulary);
    const weights = random.fork('weights');
    const dims = { batch: 3 * anchors, sequence };
    const shipped = { batch: 'batch', sequence: 'sequence' };
    const contrast = { kind: 'contrast', anchors, scale: 20 } as const;
    return {
      plan,
      training: encoder({ ...sizes, dropout: 0.1 }, contrast, dims, weights),
      batch: embeddingBatches(texts, pieces, {
        anchors,
        length: sequence,
        random: random.fork('batches'),
      }),
      ship: (trained) =>
        withWeights(encoder(sizes, { kind: 'embedding' }, shipped, weights), trained),
      files: new Map([
        ...encoderFiles(vocabulary, sizes),
        ...sentenceSamples(pieces, sequence, random.fork('samples')),
      ]),
      evaluate: (session) => pairScores(session, pieces),
    };
  },
};

/** Books and all stories together, as sentences. */
async function readTexts(read: ReadMaterial): Promise<string[][]> {
  const books = await readBooks(read, 'training');
  const stories = await readStories(read, 'training');
  const sentences = (text: string): string[] => text.split('\n').flatMap(sentencesOf);
  // Stories are few, and closest to what people write today: as often as half of the books.
  const told = stories.flatMap(sentences);
  return [...books.map(sentences), ...Array.from({ length: 8 }, () => told)];
}

/** Spearman's rank correlation of cosines with the labels of our pairs, and how often obvious pairs are in order. */
async function pairScores(session: Session, pieces: WordPieces): Promise<Scores> {
  const vectorsOf = async (sentences: readonly string[]): Promise<Float32Array> => {
    const rows = sentences.map((sentence) => pieces.encode(sentence, sequence));
    const { sentence_embedding } = await session.run(tokenRows(rows, sequence));
    return sentence_embedding!.data as Float32Array;
  };
  const first = await vectorsOf(labelledPairs.map((pair) => pair.first));
  const second = await vectorsOf(labelledPairs.map((pair) => pair.second));
  const cosines = labelledPairs.map((_, row) => {
    let sum = 0;
    for (let at = row * sizes.width; at < (row + 1) * sizes.width; at++) {
      sum += first[at]! * second[at]!;
    }
    return sum;
  });
  const labels = labelledPairs.map(({ similarity }) => similarity);
  return {
    spearman: spearman(cosines, labels),
    ordered: orderedShare(cosines, labels),
    n: labels.length,
  };
}

/** Of all couples of a pair with label 4 or 5 and one with label 0 or 1, the share in which the former lies closer. */
function orderedShare(cosines: readonly number[], labels: readonly number[]): number {
  const alike = cosines.filter((_, at) => labels[at]! >= 4);
  const unlike = cosines.filter((_, at) => labels[at]! <= 1);
  const right = alike.reduce((sum, one) => sum + unlike.filter((other) => other < one).length, 0);
  return right / (alike.length * unlike.length);
}
