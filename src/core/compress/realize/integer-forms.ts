/**
 * Forms of what computes with rounded activations. Operators of integers are as fast as they are small
 * where a device has them; elsewhere float operators round as they would have, so that the answers stay.
 */
import type { Form } from './form.ts';
import { layerProbes, roundedProbes, speedProbe, integerProductProbes } from './integer-probes.ts';

const copies = 'operators of integers would run on the processor here, with copies at every run';

/** One code of an activation may fall to the other side where a sum lies between two. */
const tolerance = 0.02;

export type IntegerFormId = 'integer-products' | 'integer-layers' | 'rounded-activations';

export const integerForms: Readonly<Record<IntegerFormId, Form>> = {
  'integer-products': {
    label: 'Integer products, dynamic',
    summary: 'Activations are rounded at every run, and the runtime multiplies 8-bit integers.',
    avoid: { webgpu: copies },
    tolerance,
    probes: integerProductProbes,
    speed: speedProbe,
  },
  'integer-layers': {
    label: 'Integer layers, static',
    summary: 'Between stored ranges the runtime computes with 8-bit integers throughout.',
    avoid: { webgpu: copies },
    tolerance,
    probes: layerProbes,
  },
  'rounded-activations': {
    label: 'Activations rounded in float32',
    summary:
      'Float operators round the activations as operators of integers would, so the answers stay; no time is saved.',
    avoid: {},
    tolerance,
    probes: roundedProbes,
    speed: speedProbe,
  },
};
