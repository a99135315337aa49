/** Reads .tar.gz archives of test vectors into memory. Plain (ustar) entries only. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The files of an archive by path. */
export function entries(path: string): Map<string, Uint8Array> {
  const archive = gunzipSync(readFileSync(path));
  const files = new Map<string, Uint8Array>();
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const field = (start: number, length: number): string =>
      archive.toString('latin1', at + start, at + start + length).replace(/\0.*$/s, '');
    const size = parseInt(field(124, 12), 8);
    const prefix = field(345, 155);
    const name = field(0, 100);
    const isFile = field(156, 1) === '0' || field(156, 1) === '';
    if (isFile) {
      files.set(prefix ? `${prefix}/${name}` : name, archive.subarray(at + 512, at + 512 + size));
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
