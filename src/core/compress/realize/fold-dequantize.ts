/**
 * The DequantizeLinear stays, and the session is told to compute it once, while it loads. The file is
 * small; memory and speed are those of float32.
 */
import type { Form } from './form.ts';
import { foldProbes } from './probe-model.ts';

export const foldDequantize: Form = {
  label: 'Unpacked at load',
  summary: 'The runtime unpacks the weight once while it loads, and computes in float32.',
  avoid: {},
  tolerance: 1e-4,
  probes: foldProbes,
};
