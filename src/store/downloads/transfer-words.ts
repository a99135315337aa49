/** What goes wrong with a file on its way, in words. */
import { formatBytes } from '../../core/errors.ts';
import { StoreError } from '../errors.ts';
import { HubError } from '../hub/errors.ts';
import { hostOf } from '../hub/request.ts';
import type { DownloadFile } from './record.ts';

export const nameOf = ({ path }: DownloadFile): string => path.slice(path.lastIndexOf('/') + 1);

export const cutOff = (file: DownloadFile, failures: number, cause: Error): HubError =>
  new HubError(
    'offline',
    `The connection to ${hostOf(file.url)} broke ${failures} times in a row at ${formatBytes(file.stored.bytes)} of "${nameOf(file)}". ` +
      'What has arrived is kept; try again when the connection is better.',
    { cause },
  );

export const damaged = (file: DownloadFile): HubError =>
  new HubError(
    'damaged',
    `"${nameOf(file)}" arrived damaged twice: its checksum is not the announced one. ` +
      'The other files are kept. Try again later, or from another mirror.',
  );

export const otherSize = (file: DownloadFile, size: number): HubError =>
  new HubError(
    'damaged',
    `"${nameOf(file)}" has ${size >= (file.bytes ?? 0) ? 'more than the' : `${formatBytes(size)} and not the`} ${formatBytes(file.bytes ?? 0)} that were announced. ` +
      'Try again later, or from another mirror.',
  );

export const wrongPart = (file: DownloadFile): HubError =>
  new HubError(
    'server',
    `${hostOf(file.url)} sent another part of "${nameOf(file)}" than it was asked for. Cancel the download and begin it again.`,
  );

export function full(file: DownloadFile, cause: unknown): StoreError {
  const isFull = cause instanceof Error && cause.name === 'QuotaExceededError';
  const why = isFull
    ? "This browser's storage for the page is full"
    : `The browser refused to store more (${cause instanceof Error ? cause.message : String(cause)})`;
  return new StoreError(
    `${why}, at ${formatBytes(file.stored.bytes)} of "${nameOf(file)}". What has arrived is kept. ` +
      'Delete stored models to make room, then resume.',
    { cause },
  );
}
