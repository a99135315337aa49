/** Reads what people paste: a model's name on the Hub, an address of one of its pages, or any file's URL. */
import { HubError } from './errors.ts';

/** Where models are looked for unless the visitor names a mirror. */
export const publicHub = 'https://huggingface.co';

export type Address =
  | {
      readonly kind: 'hub';
      /** Without a slash at its end. */
      readonly host: string;
      /** `owner/name`; old models have a name alone. */
      readonly repo: string;
      /** Branch, tag or commit. */
      readonly revision: string;
      /** Of one file, where the address names it. */
      readonly path?: string;
    }
  | { readonly kind: 'url'; readonly url: string };

const hubNames = /^(www\.)?(huggingface\.co|hf\.co)$/i;
const namePart = /^[A-Za-z0-9][\w.-]{0,95}$/;
/** Hosts of other things that have `blob` and `tree` in their addresses too. */
const codeHosts = /(^|\.)(github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)$/i;
const pageKinds: readonly (string | undefined)[] = ['tree', 'blob', 'resolve', 'raw', 'commit'];

/** Reads an address; names without a host are looked for at `hub`. Errors: HubError of `address`. */
export function parseAddress(typed: string, hub: string = publicHub): Address {
  const text = typed.trim().replace(/^["'<]+|["'>]+$/g, '');
  if (text === '') {
    throw new HubError('address', 'Type the name of a model, such as owner/model, or a URL.');
  }
  const url = asUrl(text);
  if (url) return fromUrl(url, hub);
  return fromName(text, hub);
}

/** The address of a Hub, checked. Errors: HubError of `address`. */
export function parseHub(typed: string): string {
  const text = typed.trim();
  if (text === '') return publicHub;
  const url = asUrl(text) ?? asUrl(`https://${text}`);
  if (!url) throw new HubError('address', `"${text}" is no address. Type one like ${publicHub}.`);
  demandSecure(url);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function asUrl(text: string): URL | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const hasHost = /^(www\.)?(huggingface\.co|hf\.co)\//i.test(text);
  if (!hasScheme && !hasHost) return undefined;
  try {
    return new URL(hasScheme ? text : `https://${text}`);
  } catch {
    throw new HubError('address', `"${text}" is no address. Type owner/model, or a URL.`);
  }
}

/** Pages that came over https may load nothing over http, but from this very machine. */
function demandSecure(url: URL): void {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && url.hostname === 'localhost')) {
    return;
  }
  throw new HubError(
    'address',
    `${url.protocol}//${url.host} can't be read from here: only https addresses can. Try it with https, or download the file and open it.`,
  );
}

function fromUrl(url: URL, hub: string): Address {
  demandSecure(url);
  const base = new URL(hub);
  const isHub = hubNames.test(url.hostname) || url.host === base.host;
  const prefix = url.host === base.host ? base.pathname.replace(/\/+$/, '') : '';
  const parts = url.pathname.slice(prefix.length).split('/').filter(Boolean).map(decoded);
  if (isHub || isPageOfMirror(url, parts)) {
    const host = hubNames.test(url.hostname) ? publicHub : `${url.origin}${prefix}`;
    return fromParts(parts, host, url.href);
  }
  return { kind: 'url', url: rawOf(url, parts) };
}

/** A mirror's pages have the paths of the Hub's own. */
function isPageOfMirror(url: URL, parts: readonly string[]): boolean {
  return parts.length >= 4 && pageKinds.includes(parts[2]) && !codeHosts.test(url.hostname);
}

/** GitHub shows a page about a file where another host has the file, which pages may read. */
function rawOf(url: URL, [owner, name, kind, ...rest]: readonly string[]): string {
  const isFile = url.hostname === 'github.com' && (kind === 'blob' || kind === 'raw');
  if (!isFile || !owner || !name) return url.href;
  const path = [owner, name, ...rest].map(encodeURIComponent).join('/');
  return `https://raw.githubusercontent.com/${path}`;
}

function fromParts(all: readonly string[], host: string, href: string): Address {
  const [first, ...others] = all;
  const parts = first === 'models' ? others : all;
  if (parts[0] === 'datasets' || parts[0] === 'spaces') {
    throw new HubError(
      'address',
      `${href} is a ${parts[0].slice(0, -1)}, not a model. Paste the address of a model's page.`,
    );
  }
  // An old model has no owner: /gpt2, /gpt2/tree/main.
  const length = pageKinds.includes(parts[1]) || parts.length === 1 ? 1 : 2;
  const repo = checkedName(parts.slice(0, length).join('/'), href);
  const [kind, revision = 'main', ...path] = parts.slice(length);
  if (kind === undefined || !pageKinds.includes(kind)) {
    return { kind: 'hub', host, repo, revision: 'main' };
  }
  // Branches of pull requests hold slashes; their pages spell them out.
  const isPull = revision === 'refs' && path[0] === 'pr' && path[1] !== undefined;
  const rest = (isPull ? path.slice(2) : path).join('/');
  return {
    kind: 'hub',
    host,
    repo,
    revision: isPull ? `refs/pr/${path[1]}` : revision,
    ...(rest.endsWith('.onnx') ? { path: rest } : {}),
  };
}

/** `owner/name`, `owner/name@revision`, `owner/name/onnx/model.onnx`. */
function fromName(text: string, hub: string): Address {
  const [name = '', revision] = text.split(/@(.*)/s);
  const [owner = '', model, ...path] = name.split('/').filter(Boolean);
  const repo = checkedName(model === undefined ? owner : `${owner}/${model}`, text);
  const file = path.join('/');
  if (revision === '' || /\s/.test(revision ?? '')) {
    throw new HubError('address', `"${text}" names no revision after its @. Try ${repo}@main.`);
  }
  return {
    kind: 'hub',
    host: hub,
    repo,
    revision: revision ?? 'main',
    ...(file.endsWith('.onnx') ? { path: file } : {}),
  };
}

function checkedName(repo: string, typed: string): string {
  const parts = repo.split('/');
  if (parts.every((part) => namePart.test(part) && !/\.\.|--/.test(part))) return repo;
  throw new HubError(
    'address',
    `"${typed.slice(0, 200)}" is neither a model's name nor an address. Type owner/model, or a URL that begins with https://.`,
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
