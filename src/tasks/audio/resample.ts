/** Changes the rate of a signal. */

/** Zero crossings of the kernel to either side: enough for speech, at tens of operations a sample. */
const crossings = 16;

/**
 * Band-limited interpolation (Smith 1984, "Digital audio resampling"): a sinc under a Hann window, cut
 * off at the lower of both Nyquist frequencies. Silent before the beginning and after the end.
 */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to) return samples;
  const step = from / to;
  // Where the rate sinks, the kernel widens, so that what the new rate can't hold is left out.
  const cutoff = Math.min(1, to / from);
  const reach = crossings / cutoff;
  const count = Math.max(1, Math.floor(samples.length / step));
  return Float32Array.from({ length: count }, (_, index) => {
    const center = index * step;
    const last = Math.min(samples.length - 1, Math.floor(center + reach));
    let sum = 0;
    for (let at = Math.max(0, Math.ceil(center - reach)); at <= last; at++) {
      sum += (samples[at] ?? 0) * kernel((at - center) * cutoff);
    }
    return sum * cutoff;
  });
}

function kernel(x: number): number {
  if (x === 0) return 1;
  const angle = Math.PI * x;
  return (Math.sin(angle) / angle) * (0.5 + 0.5 * Math.cos(angle / crossings));
}
