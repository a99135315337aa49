/** Where a stored model came from, in a few words. */
import type { Source } from '../../store/entry.ts';

/** '' where nobody noted it. */
export function sourceWords(source: Source | undefined): string {
  if (!source) return '';
  if (source.kind === 'embedded') return 'comes with this page';
  if (source.kind === 'files') return 'opened from a file';
  if (source.kind === 'url') return `from ${hostOf(source.url)}`;
  return `from ${hostOf(source.host)}, ${source.repo}, ${shortened(source.revision)}`;
}

/** The host of an address; the address itself where it has none. */
function hostOf(address: string): string {
  try {
    return new URL(address).host || address;
  } catch {
    return address;
  }
}

/** Commits are told apart by their first digits. */
const shortened = (revision: string): string =>
  /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision;
