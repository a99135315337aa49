/** Sets of examples that this project draws itself, for tasks that its own models do. */
import { classLabels } from '../src/tasks/evaluation/labels.ts';
import { digitSet, usualSizes, type DrawnSet } from '../src/tasks/evaluation/sets.ts';
import type { TaskId } from '../src/tasks/index.ts';
import {
  drawnRemarks,
  drawStories,
  drawTriplets,
  handJudged,
} from '../src/zoo/evaluation/drawn-texts.ts';

const stories: DrawnSet = {
  offer: {
    id: 'drawn',
    label: 'made-up stories',
    source:
      'Told by this project’s grammar of children’s stories, drawn anew. The embedded storyteller learned from other stories of the same grammar; no model saw these.',
    labelled: true,
    sizes: [30, ...usualSizes.slice(0, 2)],
    seeded: true,
  },
  async draw(size, random, prepared) {
    const told = drawStories(size, random);
    const files = told.map((text, at) => [`story ${at + 1}.txt`, new Blob([text])] as const);
    return (await prepared.examplesFrom(new Map(files))).slice(0, size);
  },
};

const remarks: DrawnSet = {
  offer: {
    id: 'drawn',
    label: 'made-up remarks',
    source:
      'Remarks on daily life from this project’s templates, half of them good, half bad. No model was trained on them; the samples for calibration come from the same templates.',
    labelled: true,
    sizes: usualSizes,
    seeded: true,
  },
  draw(size, random, { info }) {
    const labels = classLabels(info);
    const [good, bad] = [labels.findIndex(isGood), labels.findIndex(isBad)];
    return Promise.resolve(
      drawnRemarks(size, random).map(({ text, positive }) => ({
        name: text,
        input: { text },
        target: positive ? good : bad,
      })),
    );
  },
};

const isGood = (label: string): boolean => /^pos/i.test(label);
const isBad = (label: string): boolean => /^neg/i.test(label);

/** Pairs and triplets are judged in groups: the size is that of groups. */
const judgedPairs: DrawnSet = {
  offer: {
    id: 'pairs',
    label: 'pairs judged by hand',
    source:
      'Pairs of sentences, written and judged for this project; no model was trained on them. In groups of 8 or 9 pairs.',
    labelled: true,
    sizes: [handJudged().length],
    seeded: false,
  },
  draw: () => Promise.resolve(groups(handJudged(), 'pairs')),
};

const triplets: DrawnSet = {
  offer: {
    id: 'drawn',
    label: 'made-up paraphrases',
    source:
      'Groups of eight sentences, each with a paraphrase and a sentence that only looks alike, from this project’s grammar. The embedded embedder learned from other sentences of the same grammar.',
    labelled: true,
    sizes: usualSizes,
    seeded: true,
  },
  draw: (size, random) => Promise.resolve(groups(drawTriplets(size, random), 'paraphrases')),
};

const groups = (all: ReturnType<typeof handJudged>, what: string) =>
  all.map(({ texts, judged }, at) => ({
    name: `${what}, group ${at + 1}`,
    input: { texts },
    target: { judged },
  }));

/** What there is for a task whose `info` is this. */
export function drawnSets(task: TaskId, info: unknown): readonly DrawnSet[] {
  switch (task) {
    case 'digits':
      return [digitSet];
    case 'text-generation':
      return [stories];
    case 'embeddings':
      return [judgedPairs, triplets];
    case 'text-classification': {
      const labels = classLabels(info);
      return labels.length === 2 && labels.some(isGood) && labels.some(isBad) ? [remarks] : [];
    }
    default:
      return [];
  }
}
