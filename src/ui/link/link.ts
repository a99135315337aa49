/**
 * A link holds what it takes to see what someone else sees: which model, what was made of it, what
 * was looked at and with which input; never a file. In the address: `#/open?` and the JSON, deflated
 * (RFC 1951, with a dictionary of what most links say) in base64url (RFC 4648).
 */
import { deflateSync, inflateSync } from 'fflate';

import type { Recipe } from '../../core/compress/recipe.ts';
import type { Source } from '../../store/entry.ts';
import type { InspectSection } from '../state/inspecting.svelte.ts';
import type { PanelId } from '../state/workspace.svelte.ts';
import type { SideName } from '../views/view.ts';
import { LinkError } from './fields.ts';
import { linkPrefix } from './link-prefix.ts';
import type { Locks } from './locks.ts';
import { parseLink } from './parse-link.ts';

export { LinkError, linkPrefix };

export interface LinkedModel {
  readonly name: string;
  /** Hash of its content, as the library has it: of the .onnx, or over all files where it has more. */
  readonly sha256: string;
  readonly bytes: number;
  /** `files`: the sender's own file, which the visitor is asked for. */
  readonly source: Source;
}

/** What stands on a side. */
export interface LinkedVariant {
  readonly recipe: Recipe;
  /** The sender's name for it. */
  readonly name?: string;
  /** Hash of the bytes that it has at the sender's. */
  readonly sha256?: string;
  /** It was made with samples of the sender's own, which no link carries. */
  readonly own?: true;
}

/** Which examples the lab shall evaluate on; a size and seed that the set has not are the page's own choice. */
export interface LinkedSet {
  readonly id: string;
  readonly size?: number;
  readonly seed?: number;
}

export interface LinkedView {
  readonly editing?: SideName;
  readonly panel?: PanelId;
  readonly section?: InspectSection;
  /** Key of the weight that is looked at. */
  readonly weight?: string;
  /** The lab's evaluation set. */
  readonly set?: LinkedSet;
  readonly task?: string;
}

export interface Link {
  readonly version: 1;
  readonly model: LinkedModel;
  /** Absent: the original. */
  readonly left?: LinkedVariant;
  /** Absent: nothing. */
  readonly right?: LinkedVariant;
  readonly view?: LinkedView;
  /** An input of the task as JSON. */
  readonly input?: unknown;
  /** What is to be seen, in the sender's words. */
  readonly caption?: string;
  readonly locks?: Locks;
}

/** Longer ones are refused: characters of the address, and of the JSON in it. */
export const longest = { address: 200_000, json: 1_000_000 };

/** Part of the format: links that were made with it must be read with it. Never change it. */
export const dictionary = new TextEncoder().encode(
  '"caption":"input":{"strokes":[[{"x":0.,"y":0."text":"texts":["kind":"write","prompt":"limit":' +
    '"sampling":"seed":"temperature":"topK":"topP":"image":"locks":{"locked","hidden"' +
    '"sensitivity":"scrubber":"presets":"devices":"export":"share":"recipe":"model":"options":' +
    '"view":{"editing":"original","compressed","panel":"receipt","inspect","lab","section":"weights","weight":"set":"task":' +
    '"select":{"roles":["include":["exclude":["overrides":[{"match":"' +
    '{"technique":"prune-magnitude","options":{"sparsity":0.5}}{"technique":"factorize-svd","options":{"rank":"ratio","ratio":0.5' +
    '{"technique":"heal"{"technique":"quantize-rate"{"technique":"quantize-dynamic"{"technique":"quantize-gptq","options":{"bits":3,"blockSize":64' +
    '"kind":"files"}"kind":"url","url":"https://"kind":"hub","host":"https://huggingface.co","repo":"onnx-community/","revision":"main","commit":"","path":"onnx/model.onnx"' +
    '"left":{"recipe":{"version":1,"model":{"name":"storyteller"sentiment"embedder"digits","sha256":"0123456789abcdef","bytes":' +
    '"source":{"kind":"embedded","id":"digits"}},"right":{"recipe":{"version":1,"seed":0,"steps":[{"technique":"quantize-block","options":{"bits":4,"blockSize":32}}]},"sha256":"',
);

/** The hash part of an address that opens the link. Errors: LinkError where it would be too long. */
export function encodeLink(link: Link): string {
  const json = JSON.stringify(link);
  const bytes = deflateSync(new TextEncoder().encode(json), { level: 9, dictionary });
  const text = linkPrefix + base64url(bytes);
  if (json.length <= longest.json && text.length <= longest.address) return text;
  throw new LinkError(
    `What this link would hold is too long for an address (${text.length.toLocaleString('en-US')} characters). Leave out the input, or take a smaller one.`,
  );
}

/** Reads an address' hash. Errors: LinkError that says what is wrong and what to do. */
export function decodeLink(hash: string): Link {
  if (hash.length > longest.address) {
    throw new LinkError('This link is too long to be read. Ask for the link again.');
  }
  let json: unknown;
  try {
    json = JSON.parse(inflated(fromBase64url(hash.slice(linkPrefix.length))));
  } catch (error) {
    if (error instanceof LinkError) throw error;
    throw new LinkError(
      'This link is cut off or damaged. Copy the whole link again, or ask for it again.',
    );
  }
  return parseLink(json);
}

/** A bomb fills the room that there is, and no more. */
function inflated(bytes: Uint8Array): string {
  // Of nothing the inflater makes the whole room.
  if (bytes.length === 0) throw new RangeError('empty');
  const room = new Uint8Array(longest.json + 1);
  const json = inflateSync(bytes, { out: room, dictionary });
  if (json.length >= room.length) {
    throw new LinkError('This link holds too much to be read. Ask for the link again.');
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(json);
}

function base64url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64url(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text)) throw new RangeError('not base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
