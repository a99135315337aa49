/** One download: running here or in another tab, paused, failed, arrived. */
import { isAbort } from '../../core/errors.ts';
import {
  bytesStored,
  bytesWanted,
  dropDownload,
  wantedAgain,
  type DownloadStorage,
  type StoredDownload,
} from '../../store/downloads/record.ts';
import { failureOf, runDownload } from '../../store/downloads/run.ts';
import type { Slots } from '../../store/downloads/slots.ts';
import { measure, timeLeft, type Speed } from '../../store/downloads/speed.ts';
import type { Wait } from '../../store/hub/request.ts';
import type { ModelFile } from '../../store/model-file.ts';
import { announcer } from './announcer.svelte.ts';
import { access } from './imports-access.svelte.ts';
import { library } from './library.svelte.ts';

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
  #isNoted: boolean;

  /** `isNoted`: whether it is in the storage already. */
  constructor(record: StoredDownload, isNoted: boolean) {
    this.#isNoted = isNoted;
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
    // Ended before the lock goes: whoever cancels waits for it, and then nothing is written any more.
    const work = (): Promise<void> =>
      this.#fetchAll(storage, slots, stop.signal).catch((error: unknown) =>
        this.#ended(storage, error),
      );
    try {
      const onTaken = (): void => {
        this.status = 'elsewhere';
      };
      await storage.alone(key, work, { signal: stop.signal, onTaken });
    } catch (error) {
      // It never had its turn.
      if (!isAbort(error)) await this.#ended(storage, error);
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
    if (!stored && this.#isNoted) {
      // Another tab had it and brought it to its end.
      await library.refresh();
      this.status = 'done';
      return;
    }
    this.status = 'running';
    this.record = wantedAgain(stored ?? this.record);
    await storage.downloads.set(this.record.key, this.record);
    this.#isNoted = true;
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
