/** What a tokenizer.json says of its tokens, checked before anything is built of it. */
import { ModelError } from '../core/errors.ts';
import { isRecord } from './files.ts';

export interface Vocabulary {
  /** Every id that stands for a token. */
  readonly ids: ReadonlySet<number>;
  /** Texts of the tokens that were added to the vocabulary: marks, mostly. */
  readonly added: ReadonlyMap<number, string>;
}

/** More tokens than any model has: an id beyond it is damage, and would be an array of that length. */
const mostTokens = 2 ** 24;

/** Errors: ModelError that says what is missing or out of range. */
export function vocabularyOf(json: Readonly<Record<string, unknown>>): Vocabulary {
  const { model, added_tokens: listed = [] } = json;
  if (!isRecord(model)) throw problem('it has no "model"');
  if (!Array.isArray(listed)) throw problem('its "added_tokens" are no list');
  const added = new Map(listed.map(addedToken));
  const ids = new Set([...idsIn(model['vocab']), ...added.keys()]);
  if (ids.size === 0) throw problem('its vocabulary is empty');
  return { ids, added };
}

function addedToken(entry: unknown): [id: number, content: string] {
  if (isRecord(entry) && typeof entry['content'] === 'string') {
    return [checkedId(entry['id'], entry['content']), entry['content']];
  }
  throw problem('one of its "added_tokens" has no "content"');
}

/** A list of [token, score], ids by token, or the latter for each language. */
function idsIn(vocabulary: unknown, depth = 0): readonly number[] {
  if (Array.isArray(vocabulary)) {
    const isToken = (entry: unknown) => Array.isArray(entry) && typeof entry[0] === 'string';
    if (!vocabulary.every(isToken))
      throw problem('an entry of its vocabulary is no token with a score');
    return Array.from(vocabulary.keys());
  }
  if (!isRecord(vocabulary)) throw problem('its "model" has no "vocab"');
  return Object.entries(vocabulary).flatMap(([token, id]) =>
    isRecord(id) && depth === 0 ? idsIn(id, 1) : [checkedId(id, token)],
  );
}

function checkedId(id: unknown, token: string): number {
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < mostTokens) {
    return id as number;
  }
  throw problem(
    `the id of ${JSON.stringify(token.slice(0, 40))} is ${JSON.stringify(id ?? null).slice(0, 40)}, and ids are whole numbers below ${mostTokens}`,
  );
}

const problem = (what: string): ModelError =>
  new ModelError(`The tokenizer.json beside the model can't be used: ${what}.`);
