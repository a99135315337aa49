/**
 * What each token adds to a text, while the text still grows. Decoding token by token would lose the
 * spaces before words and the characters that several tokens make up, so texts of ever more tokens are
 * compared: a token has added what of its text stayed as it was.
 */

/** What each id adds to the text after those of `after`; '' for the first bytes of a character. */
export type Pieces = (ids: readonly number[], after?: readonly number[]) => readonly string[];

/** Tokens that are decoded again before new ones: more than make up a character or a word. */
const contextLength = 8;
/** So long is a stretch of tokens decoded from its beginning for every new one, then the next begins. */
const stretch = 48;
/** Sequences that may grow in turn: two sides, each with a text. */
const kept = 4;

/** A text of which more and more tokens come. */
interface Growing {
  readonly after: readonly number[];
  readonly ids: number[];
  /** Pieces that will not change any more. */
  readonly settled: string[];
  /** Texts of the context and of the tokens after the settled ones: with none, one, two … of them. */
  texts: string[];
}

/** Remembers the sequences that came last, so that a token that comes in addition costs one decoding. */
export function createPieces(decode: (ids: readonly number[]) => string): Pieces {
  const growing: Growing[] = [];
  return (ids, after = []) => {
    const context = after.slice(-contextLength);
    const index = growing.findIndex((it) => starts(context, it.after, true) && starts(ids, it.ids));
    const [found] = index < 0 ? [undefined] : growing.splice(index, 1);
    const it = found ?? { after: context, ids: [], settled: [], texts: [decode(context)] };
    growing.unshift(it);
    growing.length = Math.min(growing.length, kept);
    for (const id of ids.slice(it.ids.length)) push(it, id, decode);
    return [...it.settled, ...openPieces(it.texts)];
  };
}

const starts = (ids: readonly number[], beginning: readonly number[], whole = false): boolean =>
  (whole ? ids.length === beginning.length : ids.length >= beginning.length) &&
  beginning.every((id, index) => id === ids[index]);

function push(it: Growing, id: number, decode: (ids: readonly number[]) => string): void {
  it.ids.push(id);
  it.texts.push(decode([...contextOf(it), ...it.ids.slice(it.settled.length)]));
  if (it.texts.length > stretch) settle(it, decode);
}

/** The tokens before those that are open. */
const contextOf = ({ after, ids, settled }: Growing): readonly number[] =>
  [...after, ...ids.slice(0, settled.length)].slice(-contextLength);

/** Settles what lies behind the last place where the text stayed as it was, so much of it as is safe. */
function settle(it: Growing, decode: (ids: readonly number[]) => string): void {
  const texts: readonly string[] = it.texts;
  const final = texts.at(-1) ?? '';
  const safe = texts.length - 1 - 2 * contextLength;
  const end = texts.findLastIndex(
    (text, index) => index > 0 && index <= safe && final.startsWith(text),
  );
  if (end < 1) return;
  const open = openPieces(texts);
  it.settled.push(...open.slice(0, end));
  const context = contextOf(it);
  const rest = it.ids.slice(it.settled.length);
  it.texts = Array.from({ length: rest.length + 1 }, (_, count) =>
    decode([...context, ...rest.slice(0, count)]),
  );
}

/** The texts grow into the last: each adds what of it is there for the first time. */
function openPieces(texts: readonly string[]): string[] {
  // The first bytes of a character look like this until the others come.
  const final = (texts.at(-1) ?? '').replace(/\uFFFD+$/, '');
  let end = 0;
  const ends = texts.map((text) => (end = Math.max(end, sameLength(text, final))));
  return ends.slice(1).map((last, index) => final.slice(ends[index], last));
}

/** How many code units two texts begin with alike; a surrogate pair is not torn apart. */
function sameLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  const torn = length > 0 && length < b.length && /[\uD800-\uDBFF]/.test(b.charAt(length - 1));
  return torn ? length - 1 : length;
}
