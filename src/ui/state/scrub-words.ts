/** How the scrubber's stops read. */
import { formatBytes } from '../../core/errors.ts';
import { formatChange } from '../words.ts';
import { canTry, type StopState } from './scrub-stock.svelte.ts';
import type { Stop } from './scrub-stops.ts';

/** The bytes of a stop, once it is made. */
export const bytesOfStop = (state: StopState | undefined): number | undefined =>
  state?.status === 'made'
    ? state.bytes
    : state?.status === 'failed'
      ? state.made?.bytes
      : undefined;

/** `2.6 MB, −86 %`; '' before it is made. `made`: the bytes of a variant that its recipe gave before. */
export function sizeWords(state: StopState | undefined, original: number, made?: number): string {
  const bytes = bytesOfStop(state) ?? made;
  return bytes === undefined ? '' : `${formatBytes(bytes)}, ${formatChange(original, bytes)}`;
}

/** Why the outputs do not follow the handle to a stop; '' where they do, or will. */
export const waitingWords = (state: StopState | undefined): string =>
  state?.status === 'made' && !canTry(state.bytes)
    ? 'Too large to lie open beside both sides: the outputs follow when the handle is let go.'
    : '';

/** How far a stop is: `ready`, `made`, `being made, 40 %`, `not made yet`, or why it can't be. */
export function stateWords(state: StopState | undefined): string {
  if (!state) return 'not made yet';
  if (state.status === 'failed') return state.why;
  if (state.status === 'made') return state.side ? 'ready' : waitingWords(state) || 'made';
  return `being made, ${Math.round(100 * state.share)} %`;
}

/** A stop for those who hear it: `4 bits, 2.6 MB, −86 %`. */
export function stopWords(
  stop: Stop,
  state: StopState | undefined,
  original: number,
  made?: number,
): string {
  return `${stop.label}, ${sizeWords(state, original, made) || stateWords(state)}`;
}
