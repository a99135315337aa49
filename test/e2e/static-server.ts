/**
 * The built site, served in the two ways that stories need: with the isolation headers at the root, as
 * `npm start` does, and as a plain static host does, without any of them and under a sub-path.
 */
import { fileURLToPath } from 'node:url';

import { isolationHeaders, serveFolder } from '../../.ci/static-server.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where the built site lies; SCRUNCH_DIST names another build, to try the stories on. */
export const dist = process.env['SCRUNCH_DIST'] ?? `${root}dist`;

/** A running server: the address of the site's index, and how to end it. */
export type Site = Awaited<ReturnType<typeof serveFolder>>;

/** The site with isolation headers, on a free port. */
export function serveIsolated(): Promise<Site> {
  return serveFolder({ folder: dist, headers: isolationHeaders });
}

/** The site as a host without headers serves a project page: `http://localhost:…/some/base/`. */
export function servePlain(): Promise<Site> {
  return serveFolder({ folder: dist, base: '/some/base/' });
}
