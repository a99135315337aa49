/** The storage of downloads on IndexedDB; a Web Lock per download keeps two tabs from the same one. */
import { openStorage, table } from '../database.ts';
import type { DownloadStorage, StoredDownload } from './record.ts';

/** Where this browser keeps downloads that are not over. */
export function openDownloads(): DownloadStorage {
  return {
    downloads: table<StoredDownload>('downloads'),
    pieces: table<Blob>('pieces'),
    estimate: () => openStorage().estimate(),
    async alone(key, work, { signal, onTaken } = {}) {
      // Absent on insecure origins; there two tabs are on their own.
      if (!('locks' in navigator)) return work();
      const name = `scrunch-download ${key}`;
      const isDone = await navigator.locks.request(name, { ifAvailable: true }, async (lock) => {
        if (lock) await work();
        return lock !== null;
      });
      if (isDone) return;
      onTaken?.();
      await navigator.locks.request(name, signal ? { signal } : {}, work);
    },
  };
}
