/** The options of techniques that look at data. */

/** Which samples a technique looks at; its values are those of `SampleKind`. */
export const calibrationDataOption = {
  type: 'choice',
  label: 'Data',
  help: 'What the model is run on to see which numbers flow through it. Automatic takes files of your own if there are any, else the model’s own samples, else text that a language model writes itself, else the examples of its task, else random inputs.',
  default: 'auto',
  choices: [
    { value: 'auto', label: 'automatic' },
    { value: 'calibration', label: 'the model’s own samples' },
    { value: 'own', label: 'files of your own' },
    { value: 'self', label: 'text that the model writes itself' },
    { value: 'generated', label: 'random inputs' },
  ],
} as const;

/** How many samples a technique looks at, at most. */
export const mostSamplesOption = {
  type: 'number',
  label: 'Samples',
  help: 'How many samples the model is run on, at most; they are spread over all that there are. One fifth of them judges and is not fitted to.',
  default: 256,
  min: 1,
  max: 100_000,
  step: 1,
  integer: true,
} as const;
