/**
 * Trains what compression left until it answers like the original again. Zeros of pruning stay zero
 * (Han et al., 2015); codes stay codes, rounded on the way with straight-through gradients and learned
 * scales (Esser et al., "Learned step size quantization", 2020).
 */
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';
import {
  batchOption,
  dataOption,
  hardLabelsOption,
  learningRateOption,
  lossOption,
  stepsOption,
  temperatureOption,
  trainsOption,
} from '../train/plan-options.ts';
import { prepareStudent } from '../train/student.ts';
import { trainStudent } from '../train/train-student.ts';
import { trainableWeights } from '../train/trainable.ts';

const options = {
  steps: stepsOption,
  batch: batchOption,
  learningRate: learningRateOption,
  trains: trainsOption,
  data: dataOption,
  loss: lossOption,
  temperature: temperatureOption,
  hardLabels: hardLabelsOption,
} as const satisfies OptionSpecs;

export const heal = technique({
  family: 'distill',
  label: 'Healing',
  summary:
    'Trains the compressed model towards the original’s answers, in the form that it has: zeros stay zero, factors thin, codes codes. ' +
    'Keeps the state that does best on samples it did not train on, so it never ends worse than it began. ' +
    'Needs samples like those that the model will meet; on others it learns what nobody asks.',
  options,
  needs: () => ['training'],
  targets: trainableWeights,
  async apply(model, chosen, context) {
    const student = await prepareStudent(model, chosen.trains, context);
    if (student.trained.length === 0) return model;
    const trained = await trainStudent(student, { ...chosen, hidden: 0 }, context);
    return trained ? student.store(trained) : model;
  },
});
