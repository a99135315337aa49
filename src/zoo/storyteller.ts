/** Goes on with a story that somebody began. */
import { crossEntropy } from '../core/differentiate/losses/cross-entropy.ts';
import type { Random } from '../core/math/random.ts';
import type { Session } from '../core/runtime.ts';
import { decoderFiles } from './architectures/configs.ts';
import { cachedDecoder, trainingDecoder, type DecoderSizes } from './architectures/decoder.ts';
import { withWeights } from './architectures/weights.ts';
import { bytePairFiles, BytePairs, endOfTextId, trainBytePairs } from './text/byte-pair.ts';
import { readBooks, readStories, readWikiText } from './text/corpora.ts';
import { languageBatches, tokenStream } from './text/language-batches.ts';
import { languageScore, type LanguageScore } from './text/language-scores.ts';
import { tellStory } from './text/story-grammar.ts';
import { storySamples } from './text/text-samples.ts';
import type { ReadMaterial, Scores, TrainingPlan, ZooModel } from './zoo-model.ts';

const batch = 8;
const context = 256;
/** 8 × 256 × 4,500 = 9.2 million tokens. */
const steps = 4500;

const sizes: DecoderSizes = {
  vocabulary: 3072,
  width: 192,
  layers: 6,
  heads: 6,
  keyValueHeads: 2,
  hidden: 544,
  theta: 10_000,
  epsilon: 1e-5,
};

const plan: TrainingPlan = {
  steps,
  schedule: { learningRate: 2e-3, warmUp: 150, steps, floor: 0.05 },
  loss: crossEntropy({ logits: 'logits' }),
  weightDecay: 0.1,
  clipNorm: 1,
  averaging: 0.998,
  evaluateEvery: 250,
};

/** How many stories of our own are told, and how much of each batch comes from where. */
const ownStories = 12_000;
const shares = { stories: 0.3, own: 0.25, books: 0.45 };
/** By then the few stories have been read about ten times: more would be learning by heart. */
const restFrom = 3500;
const laterShares = { stories: 0.08, own: 0.32, books: 0.6 };

const shareOf =
  (source: keyof typeof shares) =>
  (step: number): number =>
    (step < restFrom ? shares : laterShares)[source];

export const storyteller: ZooModel = {
  label: 'Storyteller',
  task: 'text-generation',
  summary: 'Writes little stories, token by token, in the words of small children.',
  trainedOn:
    '950 stories of TinyStories (Eldan and Li, CDLA-Sharing 1.0), 12,000 stories from a grammar of our own, and 17 English books of Project Gutenberg (public domain in the United States).',
  async prepare(read, random) {
    const [stories, books] = [
      await readStories(read, 'training'),
      await readBooks(read, 'training'),
    ];
    const own = tellStories(random.fork('stories'));
    const pairs = new BytePairs(trainBytePairs(balanced(stories, own, books), sizes.vocabulary));
    const weights = random.fork('weights');
    const sources = [
      { stream: tokenStream(pairs, stories), share: shareOf('stories') },
      { stream: tokenStream(pairs, own), share: shareOf('own') },
      { stream: tokenStream(pairs, books), share: shareOf('books') },
    ];
    const heldOut = await readHeldOut(read);
    return {
      plan,
      training: trainingDecoder(sizes, { batch, sequence: context }, weights),
      batch: languageBatches(sources, {
        size: batch,
        length: context,
        random: random.fork('batches'),
      }),
      ship: (trained) => withWeights(cachedDecoder(sizes, weights), trained),
      files: new Map([
        ...decoderFiles(sizes, { end: endOfTextId, context }),
        ...bytePairFiles(pairs, context),
        ...storySamples(pairs, random.fork('samples')),
      ]),
      evaluate: (session, quick) => storyScores(session, pairs, heldOut, quick),
    };
  },
};

const tellStories = (random: Random): string[] =>
  Array.from({ length: ownStories }, () => tellStory(random));

/** About as much from each source as the model will read of it. */
function* balanced(
  stories: readonly string[],
  own: readonly string[],
  books: readonly string[],
): Iterable<string> {
  for (let pass = 0; pass < 6; pass++) yield* stories;
  yield* own.slice(0, own.length / 2);
  yield* books;
}

interface HeldOut {
  readonly stories: readonly string[];
  readonly books: readonly string[];
  readonly wikiText: string;
}

async function readHeldOut(read: ReadMaterial): Promise<HeldOut> {
  return {
    stories: await readStories(read, 'held-out'),
    books: await readBooks(read, 'held-out'),
    wikiText: await readWikiText(read),
  };
}

/**
 * Held-out stories and books and WikiText-2's test set, in consecutive windows of 256 tokens without
 * overlap. `quick`: some stories and the beginning of each book.
 */
async function storyScores(
  session: Session,
  pairs: BytePairs,
  { stories, books, wikiText }: HeldOut,
  quick: boolean,
): Promise<Scores> {
  const headWidth = sizes.width / sizes.heads;
  const cache = { layers: sizes.layers, keyValueHeads: sizes.keyValueHeads, headWidth };
  const score = (texts: readonly string[]): Promise<LanguageScore> =>
    languageScore(session, pairs, texts, { length: context, cache });
  const told = await score(quick ? stories.slice(0, 20) : stories);
  const read = await score(quick ? books.map((book) => book.slice(20_000, 30_000)) : books);
  const scores = {
    storyPerplexity: told.perplexity,
    storyBitsPerByte: told.bitsPerByte,
    bookPerplexity: read.perplexity,
    bookBitsPerByte: read.bitsPerByte,
  };
  if (quick) return scores;
  const wiki = await score([wikiText]);
  return {
    ...scores,
    wikiTextPerplexity: wiki.perplexity,
    wikiTextBitsPerByte: wiki.bitsPerByte,
  };
}
