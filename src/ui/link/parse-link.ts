/** Reads a link's JSON, which anybody may have written: key by key, and rebuilt. */
import { parseRecipe } from '../../core/compress/recipe.ts';
import type { Source } from '../../store/entry.ts';
import { isSafePath } from '../../store/hub/repository.ts';
import { parseAddress, parseHub } from '../../store/hub/address.ts';
import { countAt, fail, hashAt, LinkError, objectAt, oneOf, optional, textAt } from './fields.ts';
import type { Link, LinkedModel, LinkedSet, LinkedVariant, LinkedView } from './link.ts';
import { isLockId, type Locks } from './locks.ts';

const limits = { name: 200, path: 500, revision: 200, url: 2000, caption: 500, id: 200, depth: 40 };

const panels = ['receipt', 'inspect', 'sensitivity', 'lab'] as const;
const sections = ['model', 'graph', 'bytes', 'weights', 'changes', 'difference'] as const;
const sides = ['original', 'compressed'] as const;

/** Errors: LinkError with the place of what is wrong, and the remedy. */
export function parseLink(json: unknown): Link {
  const given = objectAt('link', json, [
    'version',
    'model',
    'left',
    'right',
    'view',
    'input',
    'caption',
    'locks',
  ]);
  if (given['version'] !== 1) {
    throw new LinkError(
      'This link is of a version that this page does not know. Reload the page, or ask for the link again.',
    );
  }
  return {
    version: 1,
    model: modelAt(given['model']),
    ...optional(given, 'left', (side) => variantAt('left', side)),
    ...optional(given, 'right', (side) => variantAt('right', side)),
    ...optional(given, 'view', viewAt),
    ...optional(given, 'input', inputAt),
    ...optional(given, 'caption', (text) => textAt('caption', text, limits.caption)),
    ...optional(given, 'locks', locksAt),
  };
}

function modelAt(json: unknown): LinkedModel {
  const given = objectAt('model', json, ['name', 'sha256', 'bytes', 'source']);
  return {
    name: textAt('model.name', given['name'], limits.name),
    sha256: hashAt('model.sha256', given['sha256']),
    bytes: countAt('model.bytes', given['bytes']),
    source: sourceAt(given['source']),
  };
}

function sourceAt(json: unknown): Source {
  const known = ['kind', 'id', 'host', 'repo', 'revision', 'commit', 'path', 'url'];
  const given = objectAt('source', json, known);
  const kind = oneOf('source.kind', given['kind'], ['embedded', 'hub', 'url', 'files']);
  if (kind === 'files') return { kind };
  if (kind === 'embedded') return { kind, id: textAt('source.id', given['id'], limits.id) };
  if (kind === 'url') return { kind, url: urlAt(given['url']) };
  const host = textAt('source.host', given['host'], limits.url);
  const repo = textAt('source.repo', given['repo'], limits.name);
  checked('source.host', 'an https address', () => parseHub(host) === host);
  checked('source.repo', 'owner/name', () => {
    const read = parseAddress(repo, host);
    return read.kind === 'hub' && read.repo === repo && read.host === host;
  });
  const path = textAt('source.path', given['path'], limits.path);
  checked('source.path', 'the path of a file', () => isSafePath(path));
  const revision = textAt('source.revision', given['revision'], limits.revision);
  const commit = textAt('source.commit', given['commit'], limits.revision);
  return { kind, host, repo, revision, commit, path };
}

function urlAt(json: unknown): string {
  const url = textAt('source.url', json, limits.url);
  checked('source.url', 'an https address', () => {
    const { protocol, hostname } = new URL(url);
    return protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost');
  });
  return url;
}

/** `holds` may throw as well as say no. */
function checked(place: string, wanted: string, holds: () => boolean): void {
  let held = false;
  try {
    held = holds();
  } catch {
    // As said below.
  }
  if (!held) fail(place, wanted);
}

function variantAt(place: string, json: unknown): LinkedVariant {
  const given = objectAt(place, json, ['recipe', 'name', 'sha256', 'own']);
  try {
    return {
      recipe: parseRecipe(given['recipe']),
      ...optional(given, 'name', (name) => textAt(`${place}.name`, name, limits.name)),
      ...optional(given, 'sha256', (hash) => hashAt(`${place}.sha256`, hash)),
      ...optional(given, 'own', (own) => (own === true ? own : fail(`${place}.own`, 'true'))),
    };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'RecipeError') throw error;
    throw new LinkError(
      `The recipe for the ${place} side can't be read: ${error.message} Reload the page, or ask for the link again.`,
    );
  }
}

function viewAt(json: unknown): LinkedView {
  const given = objectAt('view', json, ['editing', 'panel', 'section', 'weight', 'set', 'task']);
  return {
    ...optional(given, 'editing', (side) => oneOf('view.editing', side, sides)),
    ...optional(given, 'panel', (panel) => oneOf('view.panel', panel, panels)),
    ...optional(given, 'section', (section) => oneOf('view.section', section, sections)),
    ...optional(given, 'weight', (weight) => textAt('view.weight', weight, limits.path, 0)),
    ...optional(given, 'set', setAt),
    ...optional(given, 'task', (task) => textAt('view.task', task, limits.id)),
  };
}

/** Older links name the set alone. */
function setAt(json: unknown): LinkedSet {
  if (typeof json === 'string') return { id: textAt('view.set', json, limits.id) };
  const given = objectAt('view.set', json, ['id', 'size', 'seed']);
  return {
    id: textAt('view.set.id', given['id'], limits.id),
    ...optional(given, 'size', (size) => countAt('view.set.size', size)),
    ...optional(given, 'seed', (seed) => countAt('view.set.seed', seed)),
  };
}

function locksAt(json: unknown): Locks {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail('locks', 'an object');
  const entries = Object.entries(json as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([id, lock]) => {
      if (!isLockId(id)) {
        throw new LinkError(
          `This link locks "${id.slice(0, 40)}", which this page does not know. Reload the page, or ask for the link again.`,
        );
      }
      return [id, oneOf(`locks.${id}`, lock, ['locked', 'hidden'])];
    }),
  );
}

/** What the task makes of it is the task's to check; here it must not be deep. */
function inputAt(json: unknown): unknown {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth) fail('input', `at most ${limits.depth} levels deep`);
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one as Record<string, unknown>) : [],
    );
  }
  return json;
}
