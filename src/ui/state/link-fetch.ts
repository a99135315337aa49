/** Fetches the model of a link, after the visitor agreed. */
import { planFromHub, planFromUrl } from '../../store/downloads/plan.ts';
import type { StoredDownload } from '../../store/downloads/record.ts';
import type { Source } from '../../store/entry.ts';
import { fetchRepository } from '../../store/hub/repository.ts';
import { variantsIn } from '../../store/hub/variants.ts';
import { fetchWebFile } from '../../store/hub/web-file.ts';
import { downloads } from './downloads.svelte.ts';
import { access } from './imports-access.svelte.ts';

/** Begins the download; the list of downloads shows it. Errors: HubError, Error that names what is not there. */
export async function fetchLinked(source: Source, name: string): Promise<void> {
  const plan = await planFor(source, name);
  await downloads.begin(plan);
}

async function planFor(source: Source, name: string): Promise<StoredDownload> {
  if (source.kind === 'hub') return planOfHub(source);
  if (source.kind !== 'url') throw new Error(`${name} lies nowhere that it could be fetched from.`);
  const { bytes } = await fetchWebFile(source.url);
  return planFromUrl({ kind: 'url', url: source.url }, bytes, Date.now());
}

/** By the commit of the sender, so that it is the same file. */
async function planOfHub(source: Extract<Source, { kind: 'hub' }>): Promise<StoredDownload> {
  const { host, repo, commit, path } = source;
  const token = access.tokenFor(host);
  const repository = await fetchRepository(
    { host, repo, revision: commit },
    token === undefined ? {} : { token },
  );
  const variant = variantsIn(repository).find((one) => one.path === path);
  if (variant) return planFromHub(repository, variant, Date.now());
  throw new Error(`"${path}" is no longer in ${repo}. Ask the sender for the file.`);
}
