/** Sets of examples that a task has without any other material, and those of a visitor's files. */
import { formatBytes, ModelError } from '../../core/errors.ts';
import { createRandom, type Random } from '../../core/math/random.ts';
import { fileNameOf, type Files } from '../files.ts';
import { writeDigits } from '../samples/written-digits.ts';
import type { Example, PreparedTask } from '../task.ts';
import type { SetChoice, SetFacts, SetOffer } from './report.ts';

/** A set that can be drawn: the same for the same size and seed. */
export interface DrawnSet {
  readonly offer: SetOffer;
  draw(
    size: number,
    random: Random,
    prepared: PreparedTask<unknown, unknown, unknown>,
  ): Promise<readonly Example<unknown>[]>;
}

/** Sizes that drawn sets are offered in. */
export const usualSizes = [100, 300, 1000] as const;

const pixels = 784;

/** Digits in our own hand. */
export const digitSet: DrawnSet = {
  offer: {
    id: 'drawn',
    label: 'drawn digits',
    source:
      'Drawn by this page, stroke by stroke, with another seed than those for calibration: no model was trained on them.',
    labelled: true,
    sizes: usualSizes,
    seeded: true,
  },
  draw(size, random) {
    const { images, labels } = writeDigits(size, random);
    return Promise.resolve(
      Array.from(labels, (digit, index) => ({
        name: `a ${digit}, number ${index + 1}`,
        input: {
          image: Float32Array.from(
            images.subarray(index * pixels, (index + 1) * pixels),
            (gray) => gray / 255,
          ),
        },
        target: digit,
      })),
    );
  },
};

/** The task's own examples as a set; undefined where it has none. */
export function ownSet({
  examples,
}: Pick<PreparedTask<unknown, unknown, unknown>, 'examples'>): SetOffer | undefined {
  if (examples.length === 0) return undefined;
  return {
    id: 'own',
    label: `the task’s ${examples.length === 1 ? 'one example' : `${examples.length} examples`}`,
    source: 'The inputs that the view offers to try. They are few: figures of them say little.',
    labelled: examples.some(({ target }) => target !== undefined),
    sizes: [examples.length],
    seeded: false,
  };
}

/** Of a visitor's own files: so many at most, or all without a size. */
export const filesOffer: SetOffer = {
  id: 'files',
  label: 'your files',
  source: 'Files that you chose.',
  labelled: false,
  sizes: usualSizes,
  seeded: true,
};

/** Loads a set: its examples, and what is said of it. Errors: ModelError that names the file. */
export async function loadSet(
  choice: SetChoice,
  prepared: PreparedTask<unknown, unknown, unknown>,
  drawn: readonly DrawnSet[],
  files?: Files,
): Promise<{ readonly facts: SetFacts; readonly examples: readonly Example<unknown>[] }> {
  const { id, seed = 0, size } = choice;
  if (id === 'own') {
    const offer = ownSet(prepared);
    if (!offer) throw new ModelError('This task has no examples of its own. Give files.');
    return setOf(offer, prepared.examples);
  }
  if (id === 'files') return fromFiles(choice, prepared, files);
  const found = drawn.find(({ offer }) => offer.id === id);
  if (!found) throw new ModelError('There is no such set for this task. Choose another.');
  const count = Math.max(1, Math.min(size ?? found.offer.sizes[0] ?? 100, mostExamples));
  const random = createRandom(seed).fork(`evaluation ${found.offer.label}`);
  const examples = await found.draw(count, random, prepared);
  return setOf(found.offer, examples, found.offer.seeded ? seed : undefined);
}

/** Of one file: a text twice as large fits into no string of a browser. */
const mostBytes = 250_000_000;

/** More would take a page hours. */
const mostExamples = 100_000;

async function fromFiles(
  { size, seed = 0 }: SetChoice,
  prepared: PreparedTask<unknown, unknown, unknown>,
  files: Files | undefined,
) {
  if (!files || files.size === 0) throw new ModelError('No files are given. Choose some.');
  const large = [...files].find(([, { size }]) => size > mostBytes);
  if (large) {
    throw new ModelError(
      `"${fileNameOf(large[0])}" has ${formatBytes(large[1].size)}. A data set is read whole, so give files of ${formatBytes(mostBytes)} at most: a part of it tells as much.`,
    );
  }
  const all = await prepared.examplesFrom(files);
  if (all.length === 0) {
    throw new ModelError(
      `No examples were found in ${namesOf(files)}. Give a data set of the task.`,
    );
  }
  const offer = { ...filesOffer, label: namesOf(files) };
  if (size === undefined || size >= all.length) return setOf(offer, all);
  const source = `${size.toLocaleString('en-US')} of the ${all.length.toLocaleString('en-US')} examples in files that you chose, drawn with seed ${seed}.`;
  return setOf({ ...offer, source }, sample(all, size, createRandom(seed).fork('sample')), seed);
}

function namesOf(files: Files): string {
  const names = [...files.keys()].map(fileNameOf);
  return names.length <= 3
    ? names.join(', ')
    : `${names[0] ?? ''} and ${(names.length - 1).toLocaleString('en-US')} more files`;
}

/** Some of them in their order, each as likely as any other (Knuth's selection sampling). */
function sample<T>(all: readonly T[], size: number, random: Random): readonly T[] {
  let wanted = size;
  return all.filter((_, at) => {
    const chosen = random.uniform() * (all.length - at) < wanted;
    if (chosen) wanted--;
    return chosen;
  });
}

function setOf(
  { id, label, source }: SetOffer,
  examples: readonly Example<unknown>[],
  seed?: number,
) {
  const facts: SetFacts = {
    id,
    label,
    source,
    n: examples.length,
    labelled: examples.filter(({ target }) => target !== undefined).length,
    ...(seed === undefined ? {} : { seed }),
  };
  return { facts, examples };
}
