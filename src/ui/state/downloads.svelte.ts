/** The downloads of this browser; two files come at once, of all downloads together. */
import { openDownloads } from '../../store/downloads/database.ts';
import {
  dropDownload,
  listDownloads,
  sweepPieces,
  type StoredDownload,
} from '../../store/downloads/record.ts';
import { createSlots } from '../../store/downloads/slots.ts';
import { announcer } from './announcer.svelte.ts';
import { Download } from './download.svelte.ts';
import { session } from './session.svelte.ts';

class Downloads {
  list = $state.raw<readonly Download[]>([]);
  #storage = openDownloads();
  #slots = createSlots(2);
  #started = false;

  /** Goes on with what was running when the page was closed. */
  async start(): Promise<void> {
    if (this.#started) return;
    this.#started = true;
    try {
      const records = await listDownloads(this.#storage);
      this.list = [...records.map((record) => new Download(record, true)), ...this.list];
      for (const download of this.list) if (download.record.wanted) void this.resume(download);
      await sweepPieces(this.#storage);
    } catch {
      // No storage: the library says so.
    }
  }

  /** Begins a download, or goes on with the same one. Errors are shown beside it. */
  async begin(plan: StoredDownload): Promise<void> {
    const known = this.list.find(
      ({ record, status }) => record.key === plan.key && status !== 'done',
    );
    if (known) return this.resume(known);
    const download = new Download(plan, false);
    this.list = [...this.list.filter(({ record }) => record.key !== plan.key), download];
    announcer.say(`${plan.title} is being downloaded.`);
    await this.resume(download);
  }

  async resume(download: Download): Promise<void> {
    await download.run(this.#storage, this.#slots);
    if (download.status === 'done') this.#arrive(download);
  }

  /** Stops a download and forgets what has arrived of it. */
  async cancel(download: Download): Promise<void> {
    await download.settle(this.#storage);
    const { key } = download.record;
    // Its row goes once it can't come back: a reload right after finds no record of it.
    await this.#storage.downloads.delete(key).catch(() => undefined);
    this.forget(download);
    await dropDownload(this.#storage, key).catch(() => undefined);
    announcer.say(`The download of ${download.record.title} is canceled.`);
  }

  /** Takes a row off the list. */
  forget(download: Download): void {
    this.list = this.list.filter((one) => one !== download);
  }

  /** Opens what has arrived; where the library has no room for it, from the pieces. */
  async open(download: Download): Promise<void> {
    if (download.unstored) {
      await session.openImported(download.unstored);
      return;
    }
    this.forget(download);
    session.openStored(download.entry);
  }

  /** A visitor who waits here for this one alone goes on to the model; others find it in the list. */
  #arrive(download: Download): void {
    if (download.entry === '') this.forget(download);
    const isWaiting =
      session.screen === 'home' &&
      session.opening === '' &&
      document.visibilityState === 'visible' &&
      !document.querySelector('dialog[open]') &&
      this.list.every((one) => one === download || one.status === 'stopped');
    if (isWaiting && download.entry !== '') void this.open(download);
  }
}

export const downloads = new Downloads();
