/**
 * Trains a student towards the answers of the original (Hinton, Vinyals and Dean, "Distilling the
 * knowledge in a neural network", 2015).
 */
import type { OptionSpecs } from '../options.ts';
import { technique } from '../technique.ts';
import {
  batchOption,
  dataOption,
  hardLabelsOption,
  hiddenOption,
  learningRateOption,
  lossOption,
  stepsOption,
  temperatureOption,
  trainsOption,
} from '../train/plan-options.ts';
import { chosenStudent, studentOptions } from '../train/student-options.ts';
import { prepareStudent } from '../train/student.ts';
import { trainStudent } from '../train/train-student.ts';
import { trainableWeights } from '../train/trainable.ts';

const options = {
  ...studentOptions,
  steps: stepsOption,
  batch: batchOption,
  learningRate: { ...learningRateOption, default: 0.001 },
  temperature: { ...temperatureOption, default: 2 },
  hardLabels: { ...hardLabelsOption, default: 0.1 },
  hidden: hiddenOption,
  trains: trainsOption,
  data: dataOption,
  loss: lossOption,
} as const satisfies OptionSpecs;

export const distill = technique({
  family: 'distill',
  label: 'Distillation',
  summary:
    'The original teaches the model that the steps before left, or a smaller copy of it: its softened scores say more than right answers alone. ' +
    'Costs time, about three runs of the student and one of the teacher per sample. ' +
    'Hurts where the samples are few or unlike those that the model will meet.',
  options,
  needs: () => ['training'],
  targets: trainableWeights,
  async apply(model, chosen, context) {
    const chose = await chosenStudent(model, chosen, context);
    const student = await prepareStudent(chose.model, chosen.trains, chose.context);
    if (student.trained.length === 0) return chose.model;
    const trained = await trainStudent(student, chosen, chose.context);
    return trained ? student.store(trained) : chose.model;
  },
});
