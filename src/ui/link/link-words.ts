/** What a link holds and what opening it means, in words. */
import { recipeName } from '../words.ts';
import { formatBytes } from '../../core/errors.ts';
import type { Link, LinkedVariant } from './link.ts';
import { lockedWords } from './lock-words.ts';
import type { LockId } from './locks.ts';
import type { TaskId } from '../../tasks/index.ts';

/** The name that a side of a link goes by. */
export const variantWords = ({ name, recipe }: LinkedVariant): string =>
  name ?? (recipe.steps.length === 0 ? 'the original' : recipeName(recipe));

/** What is in a link, a line for each part. */
export function holdingsOf({ model, left, right, input, view, locks }: Link): string[] {
  const { source } = model;
  const from = {
    embedded: 'which comes with this page',
    hub: source.kind === 'hub' ? `found at ${addressWords(source.host)}/${source.repo}` : '',
    url: source.kind === 'url' ? `found at ${addressWords(source.url)}` : '',
    files: 'by its name and hash',
  }[source.kind];
  const sides = [left, right].filter((side) => side !== undefined);
  const recipes = sides.filter(({ recipe }) => recipe.steps.length > 0).map(variantWords);
  return [
    `Which model: ${model.name}, ${from}.`,
    recipes.length > 0 ? `How it was made: ${recipes.join(' and ')}, with the seed.` : '',
    input === undefined ? '' : inputWords(input),
    view?.task === undefined ? '' : 'Which task the model is used for.',
    view?.panel === undefined ? '' : 'Which panel is open, and where in it.',
    locks ? `Locks: ${lockedWords(Object.keys(locks) as LockId[])}.` : '',
  ].filter((line) => line !== '');
}

/** A sample of the page goes by its name. */
function inputWords(input: unknown): string {
  const isNamed = typeof input === 'object' && input !== null && 'sample' in input;
  return isNamed
    ? `The name of a sample: “${String(input.sample)}”.`
    : 'The input that the task shows.';
}

/** What the inputs of tasks are called that can be too large for a link. */
const inputNames: Readonly<Partial<Record<TaskId, string>>> = {
  audio: 'recording',
  'file-type': 'file',
  'image-classification': 'picture',
  'image-to-image': 'picture',
};

/** Of an input that no link can hold: that it stays, and the sample that the link opens with instead. */
export function staysWords(task: TaskId, sample: string | undefined): string {
  const name = inputNames[task] ?? 'input';
  const opens = sample === undefined ? 'opens without it' : `opens with “${sample}” instead`;
  return `Your ${name} stays here, too large for an address: the link ${opens}.`;
}

/** What opening a link would fetch: asked before anything is. '' where nothing comes from elsewhere. */
export function fetchWords({ model }: Link): string {
  const { source, name, bytes } = model;
  if (source.kind !== 'hub' && source.kind !== 'url') return '';
  const place =
    source.kind === 'hub'
      ? `${addressWords(source.host)}/${source.repo}`
      : addressWords(source.url);
  return `This link opens ${name} from ${place}, ${formatBytes(bytes)}. Fetch it?`;
}

/** Without the scheme, which is always https. */
const addressWords = (address: string): string => address.replace(/^https:\/\//, '');

/** What is done with the model once it is here, a line for each part. */
export function stepsWords({ left, right, input }: Link): string[] {
  const made = [left, right].filter((side) => side && side.recipe.steps.length > 0);
  return [
    made.length > 0
      ? `Then it is compressed here: ${made.map((side) => variantWords(side!)).join(', ')}.`
      : '',
    input === undefined ? '' : 'Both answer the sender’s input.',
  ].filter((line) => line !== '');
}
