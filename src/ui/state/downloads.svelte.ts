/** The downloads of this browser: running here or in another tab, paused, failed, done. */
import { isAbort } from '../../core/errors.ts';
import { openDownloads } from '../../store/downloads/database.ts';
import {
  bytesStored,
  bytesWanted,
  dropDownload,
  listDownloads,
  sweepPieces,
  type DownloadStorage,
  type StoredDownload,
} from '../../store/downloads/record.ts';
import { failureOf, runDownload } from '../../store/downloads/run.ts';
import { createSlots, type Slots } from '../../store/downloads/slots.ts';
import { measure, timeLeft, type Speed } from '../../store/downloads/speed.ts';
import type { Wait } from '../../store/hub/request.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { announcer } from './announcer.svelte.ts';
import { access } from './imports-access.svelte.ts';
import { library } from './library.svelte.ts';
import { session } from './session.svelte.ts';

/** One download as the page shows it. */
export class Download {
  record: StoredDownload;
  status = $state<'running' | 'elsewhere' | 'storing' | 'stopped' | 'done'>('stopped');
  /** Bytes that are here, on their way into the storage counted in. */
  arrived = $state(0);
  speed = $state.raw<Speed | undefined>();
  wait = $state.raw<Wait | undefined>();
  note = $state('');
  /** Of the entry that it became. */
  entry = $state('');
  /** Arrived whole, and the library has no room for it. */
  unstored = $state.raw<ModelFile | undefined>();
  readonly total = $derived.by(() => bytesWanted(this.record));
  /** Between 0 and 1; 0 while the size is unknown. */
  readonly share = $derived(this.total ? Math.min(1, this.arrived / this.total) : 0);
  readonly left = $derived(this.speed ? timeLeft(this.speed, this.total) : undefined);
  #stop: AbortController | undefined;
  #newer = 0;

  constructor(record: StoredDownload) {
    this.record = $state.raw(record);
    this.arrived = bytesStored(record);
  }

  /** Runs to the end, or until it fails or is paused. */
  async run(storage: DownloadStorage, slots: Slots): Promise<void> {
    if (this.#stop) return;
    const stop = (this.#stop = new AbortController());
    const { key } = this.record;
    this.status = 'running';
    this.note = '';
    this.speed = undefined;
    try {
      await storage.alone(key, () => this.#fetchAll(storage, slots, stop.signal), {
        signal: stop.signal,
        onTaken: () => (this.status = 'elsewhere'),
      });
    } catch (error) {
      await this.#ended(storage, error);
    } finally {
      if (this.#stop === stop) this.#stop = undefined;
      this.wait = undefined;
    }
  }

  /** What has arrived stays. */
  pause(): void {
    this.#stop?.abort();
  }

  /** Waits until nothing of it runs any more. */
  async settle(storage: DownloadStorage): Promise<void> {
    this.pause();
    await storage.alone(this.record.key, () => Promise.resolve());
  }

  async #fetchAll(storage: DownloadStorage, slots: Slots, signal: AbortSignal): Promise<void> {
    const stored = await storage.downloads.get(this.record.key);
    if (!stored) {
      // Another tab had it and brought it to its end.
      await library.refresh();
      this.status = 'done';
      return;
    }
    this.status = 'running';
    const { failure: _, ...rest } = stored;
    this.record = { ...rest, wanted: true };
    await storage.downloads.set(this.record.key, this.record);
    const file = await runDownload(this.record.key, {
      storage,
      slots,
      signal,
      tokenFor: (host) => access.tokenFor(host),
      onChange: (record) => (this.record = record),
      onArrived: (bytes) => this.#show(bytes),
      onWait: (wait) => (this.wait = wait),
      onNote: (text) => {
        this.note = text;
        announcer.say(text);
      },
    });
    await this.#store(storage, file);
  }

  /** News come by the thousand; eyes take ten in a second. */
  #show(bytes: number): void {
    const now = performance.now();
    if (now - this.#newer < 100 && bytes >= this.arrived) return;
    this.#newer = now;
    this.arrived = bytes;
    this.speed = measure(this.speed, bytes, now);
  }

  async #store(storage: DownloadStorage, file: ModelFile): Promise<void> {
    this.status = 'storing';
    this.arrived = bytesStored(this.record);
    this.unstored = file;
    this.entry = (await library.save(file)).id;
    this.unstored = undefined;
    await dropDownload(storage, this.record.key);
    await library.refresh();
    this.status = 'done';
    announcer.say(`${this.record.title} has arrived.`);
  }

  async #ended(storage: DownloadStorage, error: unknown): Promise<void> {
    this.status = 'stopped';
    const isPause = isAbort(error);
    this.record = {
      ...this.record,
      wanted: false,
      ...(isPause ? {} : { failure: failureOf(error) }),
    };
    this.arrived = bytesStored(this.record);
    const what = isPause ? 'is paused' : 'has stopped';
    announcer.say(`${this.record.title} ${what}. ${isPause ? '' : failureOf(error).text}`);
    // Full or closed storage can't note that either; the next start finds it still wanted.
    await storage.downloads.set(this.record.key, this.record).catch(() => undefined);
  }
}

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
      this.list = [...records.map((record) => new Download(record)), ...this.list];
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
    const download = new Download(plan);
    this.list = [...this.list.filter(({ record }) => record.key !== plan.key), download];
    announcer.say(`${plan.title} is being downloaded.`);
    try {
      await this.#storage.downloads.set(plan.key, plan);
    } catch (error) {
      download.record = { ...plan, wanted: false, failure: failureOf(error) };
      return;
    }
    await this.resume(download);
  }

  async resume(download: Download): Promise<void> {
    await download.run(this.#storage, this.#slots);
    if (download.status === 'done') this.#arrive(download);
  }

  /** Stops a download and forgets what has arrived of it. */
  async cancel(download: Download): Promise<void> {
    await download.settle(this.#storage);
    this.forget(download);
    await dropDownload(this.#storage, download.record.key).catch(() => undefined);
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

  /** A visitor who is still waiting here goes on to the model; others find it in the list. */
  #arrive(download: Download): void {
    if (download.entry === '') this.forget(download);
    const isWaiting =
      session.screen === 'home' &&
      session.opening === '' &&
      document.visibilityState === 'visible' &&
      !document.querySelector('dialog[open]') &&
      this.list.every(({ status }) => status !== 'running');
    if (isWaiting && download.entry !== '') void this.open(download);
  }
}

export const downloads = new Downloads();
