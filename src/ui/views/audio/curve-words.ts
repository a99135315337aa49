/** What two curves of probabilities say, in words. */
import type { AudioAnswer } from '../../../tasks/audio.ts';
import type { CurveDifference } from '../../../tasks/audio/curves.ts';
import { begun, listed, usualNames, type Names } from '../names.ts';
import { timeText } from './curves.ts';

/** How far they agree; '' before the left one has run. */
export function curveVerdict(
  original: AudioAnswer | undefined,
  compressed: AudioAnswer | undefined,
  difference: CurveDifference | undefined,
  names: Names = usualNames,
): string {
  if (!original) return '';
  const heard = `${begun(names.original)} is above 0.5 in ${shareText(above(original))} of the time`;
  if (!compressed || !difference) return `${heard}.`;
  const { count, same, total, max, maxAt } = difference;
  const verdict =
    max === 0
      ? `${begun(names.compressed)} gives the same.`
      : `${begun(names.compressed)} is on the same side of 0.5 in ${shareText(same / count)} of ${count.toLocaleString('en-US')} steps; ` +
        `it lies ${figure(total / count)} apart on average, ${figure(max)} at most, at ${timeText(maxAt * original.step)}.`;
  return `${heard}. ${verdict}`;
}

/** Both probabilities at a moment, in seconds. */
export function readingAt(
  position: number,
  original: AudioAnswer | undefined,
  compressed: AudioAnswer | undefined,
  names: Names = usualNames,
): string {
  const at = (answer: AudioAnswer | undefined): string => {
    const value = answer?.probabilities[Math.floor(position / answer.step + 1e-6)];
    return value?.toFixed(2) ?? 'none yet';
  };
  return `${timeText(position)}: ${listed(names.original)} ${at(original)}, ${listed(names.compressed)} ${at(compressed)}`;
}

const above = ({ probabilities }: AudioAnswer): number =>
  probabilities.filter((value) => value >= 0.5).length / Math.max(1, probabilities.length);

/** Never rounded to all or nothing. */
function shareText(share: number): string {
  if (share === 0 || share === 1) return `${share * 100} %`;
  if (share > 0.9995) return '>99.9 %';
  return share < 0.0005 ? '<0.1 %' : `${(share * 100).toFixed(1)} %`;
}

const figure = (value: number): string =>
  value < 0.001 ? value.toExponential(0) : value.toPrecision(2);
