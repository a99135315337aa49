/** What the page says of a check of both devices. */
import type { BackendCheck } from '../../bridge/backend-check.ts';
import type { DeviceDifference } from '../../core/evaluate/backend.ts';

/** One or two sentences: whether WASM and WebGPU agree, and where they do not, which output tells. */
export function backendWords(check: BackendCheck): string {
  if (!check.done) return `The other device could not run this model: ${check.unable}`;
  const { agree, outputs, tolerance } = check.agreement;
  const [worst] = outputs;
  if (!worst) return 'This model has no outputs to compare.';
  const input = check.random ? 'a random input' : 'this input';
  if (agree) {
    return (
      `WASM and WebGPU agree on ${input}: output "${worst.name}" differs most, by ${amount(worst)}; ` +
      `up to ${percent(tolerance)} is the rounding of devices.`
    );
  }
  const others = outputs.filter(({ differs }) => differs).length - 1;
  const more =
    others === 0
      ? ''
      : others === 1
        ? ' One more output differs.'
        : ` ${others} more outputs differ.`;
  const why = worst.reason ? `: ${worst.reason}` : ` by ${amount(worst)}`;
  return (
    `WASM and WebGPU do not agree on ${input}. Output "${worst.name}" differs${why}.${more} ` +
    'One of them computes this model wrongly, most often WebGPU with an operator that its driver gets wrong: go on with WASM.'
  );
}

const amount = ({ difference }: DeviceDifference): string =>
  difference === 0 ? 'nothing at all' : `${percent(difference)} of its range`;

function percent(share: number): string {
  const value = 100 * share;
  return value >= 0.01 ? `${Number(value.toPrecision(2))} %` : `${value.toExponential(0)} %`;
}
