/**
 * Stores weights in 16 bits: float16, a Cast in front that makes float32 of them again. Sign, 5 bits of
 * exponent and 10 of mantissa (IEEE 754 binary16), rounded to nearest, ties to even.
 */
import { encodeFloat16 } from '../../math/float16.ts';
import { node } from '../../onnx/build.ts';
import { Scratch } from '../../onnx/bytes.ts';
import { makeTensor } from '../../onnx/tensor.ts';
import { dtypes } from '../../onnx/types.ts';
import { findWeights, type Weight } from '../../onnx/weights.ts';
import { halfOverflow, halfNote } from '../float16/half-report.ts';
import { inTurn, loadFinite, notDense, withoutRefused } from '../dense.ts';
import { kept, ModelEdit } from '../model-edit.ts';
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';

const options = {
  overflow: {
    type: 'choice',
    label: 'Values beyond ±65504',
    help: 'What becomes of values that float16 has no number for; there are none in most models.',
    default: 'keep',
    choices: [
      { value: 'keep', label: 'leave their weight in float32' },
      { value: 'saturate', label: 'take ±65504 instead' },
    ],
  },
} as const satisfies OptionSpecs;

export const castFloat16 = technique({
  family: 'quantize',
  label: 'float16',
  summary:
    'Stores each weight in 16 bits, to the nearest float16 (IEEE 754): half the bytes, errors below 0.05 % of each value, answers that nobody can tell apart. ' +
    'A graphics device that computes in float16 also runs the model in it; elsewhere the weights are widened at load, and neither memory nor time is saved. ' +
    'Hurts only weights with values below 0.00006, which lose digits, or beyond 65504.',
  options,
  needs: () => [],
  targets: (model) => findWeights(model).filter((weight) => refusalOf(weight) === undefined),
  async apply(model, { overflow }, context) {
    const weights = withoutRefused(context.weights, refusalOf, context.note);
    const edit = new ModelEdit(model);
    const scratch = new Scratch();
    for (const weight of inTurn(weights, context)) {
      const values = await loadFinite(weight, scratch);
      const encoded = encodeFloat16(values, 'saturate');
      const losses = halfOverflow(values, encoded);
      const text = halfNote(weight.key, losses, overflow);
      if (text !== undefined) context.note(text);
      if (losses.beyond > 0 && overflow === 'keep') continue;
      const half = edit.fresh(`${weight.name}_float16`);
      const bytes = new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength);
      const cast = node('Cast', [half], [weight.name], {
        name: edit.fresh(`${weight.name}_cast`),
        attributes: { to: dtypes.indexOf(weight.dtype) },
      });
      edit.replaceStored(weight, [makeTensor(half, 'float16', weight.dims, kept(bytes))], [cast]);
    }
    return edit.done();
  },
});

/** What the Cast adds to the file, roughly. */
const overhead = 100;

function refusalOf(weight: Weight): string | undefined {
  const dense = notDense(weight);
  if (dense !== undefined) return dense;
  if (weight.dtype === 'float16') return 'it is stored in float16 already';
  if (weight.dtype === 'bfloat16') return 'it takes 16 bits already, as bfloat16';
  const width = weight.dtype === 'float64' ? 8 : 4;
  const size = (weight.bytes * 2) / width + overhead;
  return size < weight.bytes ? undefined : `it would take ${size} bytes instead of ${weight.bytes}`;
}
