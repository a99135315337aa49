/** Who is taught: the model as it is, or a smaller copy of it. */
import type { Model } from '../../onnx/types.ts';
import { findWeights } from '../../onnx/weights.ts';
import type { OptionsOf, OptionSpecs } from '../options.ts';
import { withFewerLayers } from '../smaller/fewer-layers.ts';
import { narrowed } from '../smaller/narrowed.ts';
import type { Context } from '../technique.ts';
import { equipmentOf } from './train-student.ts';

export const studentOptions = {
  student: {
    type: 'choice',
    label: 'Student',
    help: 'Who is taught: the model as the steps before left it, or a smaller copy of it.',
    default: 'as-it-is',
    choices: [
      { value: 'as-it-is', label: 'the model as it is' },
      { value: 'fewer-layers', label: 'with fewer layers' },
      { value: 'narrower', label: 'with narrower layers' },
    ],
  },
  share: {
    type: 'number',
    label: 'Share kept',
    help: 'The part of the layers, or of the channels of each layer, that the smaller copy keeps.',
    default: 0.5,
    min: 0.05,
    max: 1,
    step: 0.05,
    integer: false,
    only: { option: 'student', is: ['fewer-layers', 'narrower'] },
  },
  weights: {
    type: 'choice',
    label: 'Starts from',
    help: 'The weights that stay, or new ones of chance, which take far more steps.',
    default: 'cut',
    choices: [
      { value: 'cut', label: 'the weights that stay' },
      { value: 'fresh', label: 'new weights' },
    ],
    only: { option: 'student', is: ['fewer-layers', 'narrower'] },
  },
} as const satisfies OptionSpecs;

/** The student before training, with notes about what was left out. Errors: RecipeError, ModelError, RuntimeError. */
export async function chosenStudent(
  model: Model,
  { student, share, weights }: OptionsOf<typeof studentOptions>,
  context: Context,
): Promise<{ readonly model: Model; readonly context: Context }> {
  if (student === 'as-it-is') return { model, context };
  const { runtime } = equipmentOf(context);
  const { signal } = context;
  const random = context.random.fork('student');
  const make = student === 'narrower' ? narrowed : withFewerLayers;
  const small = await make(model, share, { runtime, weights, random, signal });
  for (const note of small.notes) context.note(note);
  const keys = new Set(context.weights.map(({ key }) => key));
  const selected = findWeights(small.model).filter(({ key }) => keys.has(key));
  return { model: small.model, context: { ...context, weights: selected } };
}
