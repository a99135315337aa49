/** Readers of prose: old books, short stories, encyclopedia articles. Paths are those of the training material. */
import type { ReadMaterial } from '../zoo-model.ts';

/** Books to learn from; Project Gutenberg, public domain in the United States. */
const books = [
  'Alice_sAdventuresInWonderland',
  'ATangledTale',
  'DouglassAutobiography',
  'EightOrNineWiseWordsAboutLetterWriting',
  'Frankenstein',
  'GrimmsFairyTales',
  'JaneEyre',
  'TheAdventuresOfSherlockHolmes',
  'TheCountOfMonteCristo',
  'TheHoundOfTheBaskervilles',
  'TheLastMan',
  'TheMysteriousIsland',
  'TheSeaHawk',
  'TheWorksOfPoe',
  'Villette',
  'WizardOfOz',
  'WutheringHeights',
] as const;

/** Books that nothing is trained on. */
const heldOutBooks = ['AStudyInScarlet', 'ThroughTheLookingGlass'] as const;

/** The first stories of the file are the evaluation set. */
const heldOutStories = 50;

const utf8 = new TextDecoder();

/** A file as text. */
export async function readText(read: ReadMaterial, path: string): Promise<string> {
  return utf8.decode(await read(path));
}

/** The books, each as cleaned paragraphs joined by line breaks. */
export async function readBooks(
  read: ReadMaterial,
  part: 'training' | 'held-out',
): Promise<string[]> {
  const names = part === 'training' ? books : heldOutBooks;
  return Promise.all(
    names.map(async (name) => cleanBook(await readText(read, `text/gutenberg/${name}.txt`))),
  );
}

/** Short stories in the words of small children (TinyStories, Eldan and Li, 2023). */
export async function readStories(
  read: ReadMaterial,
  part: 'training' | 'held-out',
): Promise<string[]> {
  const stories = JSON.parse(await readText(read, 'text/tinystories_1000.json')) as string[];
  const chosen =
    part === 'training' ? stories.slice(heldOutStories) : stories.slice(0, heldOutStories);
  return chosen.map(cleanStory);
}

/** WikiText-2's test set (Merity et al., 2016) as it is, its spacing and <unk> included. */
export function readWikiText(read: ReadMaterial): Promise<string> {
  return readText(read, 'text/wikitext-2/test.txt');
}

/** The book without Project Gutenberg's own text, contents, markup and line ends within paragraphs. */
export function cleanBook(file: string): string {
  const text = file.replace(/\r\n?/g, '\n');
  const start = /^\*\*\* START OF .*$/m.exec(text);
  const end = /^\*\*\* END OF .*$/m.exec(text);
  const own = text.slice(start ? start.index + start[0].length : 0, end?.index);
  return own
    .replace(/\[(?:Illustration|Footnote)[^\]]*\]/g, '')
    .split(/\n\s*\n/)
    .map((paragraph) => plainMarks(paragraph.replace(/_/g, '').replace(/\s+/g, ' ').trim()))
    .filter(isProse)
    .join('\n');
}

/** Drops headings, contents and tables: what has no sentence of a few words in it. */
function isProse(paragraph: string): boolean {
  return paragraph.length >= 30 && /[a-z]{2}/.test(paragraph) && /[.!?,;:"']$/.test(paragraph);
}

/** One story, paragraphs joined by line breaks; quotation marks that were decoded twice are mended. */
export function cleanStory(story: string): string {
  return plainMarks(
    story
      .replace(/â€™/g, "'")
      .replace(/â€œ|â€\u009d|â€/g, '"')
      .trim()
      .replace(/[ \t]+/g, ' ')
      .replace(/ ?\n\s*/g, '\n'),
  );
}

/** Straight quotation marks: one way to write them is enough for a small model. */
function plainMarks(text: string): string {
  return text.replace(/[“”„]/g, '"').replace(/[‘’]/g, "'").replace(/--|–/g, '—');
}

/** The sentences of a paragraph of prose. */
export function sentencesOf(paragraph: string): string[] {
  return (paragraph.match(/[^.!?]+(?:[.!?]+["')]*|$)/g) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => /\w/.test(sentence));
}
