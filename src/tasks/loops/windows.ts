/**
 * A signal in windows, each of which begins with the end of the one before; the states of a recurrent
 * network go round. The signal is silent before its beginning and after its end.
 */
import { RuntimeError } from '../../core/errors.ts';
import { encodeFloat16 } from '../../core/math/float16.ts';
import type { Value } from '../../core/runtime.ts';
import type { Loop, LoopSession, WindowsRequest } from './loop.ts';
import { createRound } from './round.ts';

export const windows: Loop<'windows'> = async function* (session, request) {
  const { samples, input, hop, feeds, initial } = request;
  const windowAt = windowsOf(session, request);
  const round = createRound(session, initial);
  try {
    for (let start = 0; start < samples.length; start += hop) {
      yield { outputs: await round.step({ ...feeds, [input]: windowAt(start) }) };
    }
  } finally {
    round.release();
  }
};

/** The window whose new samples begin at `start`, in the input's type and with as many dims as it has. */
function windowsOf(
  { inputs }: LoopSession,
  { samples, input, hop, overlap }: WindowsRequest,
): (start: number) => Value {
  const { dtype, dims = [1, '?'] } = inputs.find(({ name }) => name === input) ?? {};
  if ((dtype !== 'float32' && dtype !== 'float16') || !(hop >= 1) || !(overlap >= 0)) {
    throw new RuntimeError(
      `The model has no input "${input}" that takes windows of sound: it should be float32 or float16.`,
    );
  }
  const length = overlap + hop;
  const shape = [...dims.slice(1).map(() => 1), length];
  return (start) => {
    const window = new Float32Array(length);
    const from = Math.max(0, start - overlap);
    window.set(samples.subarray(from, start + hop), from - (start - overlap));
    return { dtype, dims: shape, data: dtype === 'float16' ? encodeFloat16(window) : window };
  };
}
