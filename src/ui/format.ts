/** How numbers and dates read on the page: apart from the names of recipes, which need the table of techniques. */
import { formatCount } from '../core/errors.ts';

/** How much smaller or larger, e.g. `−87 %`, `−0.4 %`, `+3 %`. */
export function formatChange(before: number, after: number): string {
  if (before === 0) return '±0 %';
  const percent = (100 * (after - before)) / before;
  const size = Math.abs(percent);
  const digits = size >= 10 || size === 0 ? 0 : 1;
  const text = size.toFixed(digits);
  if (Number(text) === 0) return '±0 %';
  return `${percent < 0 ? '−' : '+'}${text} %`;
}

/** How many times smaller, e.g. `7.8×`. */
export function formatRatio(before: number, after: number): string {
  const ratio = after === 0 ? Infinity : before / after;
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2)}×`;
}

/** `0.42 ms`, `3.1 ms`, `120 ms`, `1.4 s`. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toPrecision(2)} s`;
  if (milliseconds >= 100) return `${milliseconds.toFixed(0)} ms`;
  return `${milliseconds >= 1 ? milliseconds.toPrecision(2) : milliseconds.toFixed(2)} ms`;
}

/** What is left, roughly: `about 8 s`, `about 3 min`, `about 2 h`. */
export function formatLeft(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toPrecision(2)} h`;
}

/** `97.3 %`. */
export const formatShare = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `today 14:03`, `3 May 14:03`, `3 May 2025`. `time` in milliseconds since 1970. */
export function formatWhen(time: number, now = Date.now()): string {
  const [date, today] = [new Date(time), new Date(now)];
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === today.toDateString()) return `today ${clock}`;
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const sameYear = date.getFullYear() === today.getFullYear();
  return sameYear ? `${day} ${clock}` : `${day} ${date.getFullYear()}`;
}

/** `1 weight`, `3 weights`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
